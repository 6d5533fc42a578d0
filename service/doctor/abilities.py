"""What the brokers can do: the requests that this service is built on, transactions above all."""

from collections.abc import Mapping
from typing import NamedTuple

from service.doctor.finding import Finding, counted, fail, ok
from service.doctor.scene import Scene
from service.faust_safe import requests

CHECK = "version"
NEEDED = {
    22: ("transactions (InitProducerId)", 1),
    24: ("transactions (AddPartitionsToTxn)", 0),
    25: ("transactions (AddOffsetsToTxn)", 0),
    26: ("transactions (EndTxn)", 0),
    28: ("transactions (TxnOffsetCommit)", 0),
    1: ("reading what is committed (Fetch 4)", 4),
    0: ("writing with headers (Produce 3)", 3),
    32: ("the topics' settings (DescribeConfigs)", 0),
    3: ("what we may do (Metadata 8)", 8),
    15: ("what we may do (DescribeGroups 3)", 3),
}
"""By Kafka's number of a request: what it is for, and the version that is needed at least. Kafka 2.3 has them all."""
_RELEASES = {7: "3.3", 8: "3.4", 11: "3.5", 14: "3.6", 19: "3.7", 20: "3.8", 21: "3.9", 25: "4.0", 27: "4.1", 29: "4.2"}
"""The highest level of the feature metadata.version in each release (MetadataVersion.java of Apache Kafka)."""


class Abilities(NamedTuple):
    """Of all brokers together: the highest version that each of them has of a request, and the features in force."""

    brokers: int
    highest: Mapping[int, int]
    features: Mapping[str, int]


async def look(scene: Scene) -> list[Finding]:
    """Ask every broker."""
    answers = [each async for each in scene.brokers.each(requests.ApiVersionsRequest())]
    keys = set.intersection(*({key for key, *_ in each.api_versions} for each in answers)) if answers else set()
    highest = {key: min(high for each in answers for at, _, high, _ in each.api_versions if at == key) for key in keys}
    return [judge(Abilities(len(answers), highest, requests.features(answers[0]) if answers else {}))]


def judge(seen: Abilities) -> Finding:
    """Missing is what one of the brokers lacks."""
    missing = [what for key, (what, version) in NEEDED.items() if seen.highest.get(key, -1) < version]
    named = f"{release(seen.features)}, {counted(seen.brokers, 'broker')}"
    if missing:
        return fail(CHECK, f"{named}: it can't do {', '.join(missing)}", "use Apache Kafka 2.3 or newer")
    return ok(CHECK, f"{named}, with transactions")


def release(features: Mapping[str, int]) -> str:
    """Kafka's version, as far as its cluster tells."""
    level = features.get("metadata.version", 0)
    if not level:
        return "Kafka (it does not tell its version)"
    known = [name for high, name in sorted(_RELEASES.items()) if level <= high]
    return f"Kafka {known[0]}" if known and level >= min(_RELEASES) else f"Kafka (metadata.version {level})"
