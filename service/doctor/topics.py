"""The topics: that they are there, and made as `tiering topics apply` would make them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from service import admin
from service.admin import COPIES, MISSING, PARTITIONS, Difference
from service.doctor.finding import Finding, counted, fail, ok, several
from service.doctor.scene import Scene, TopicSeen
from service.faust_safe import requests
from service.settings import Settings

CHECK = "topics"
APPLY = "tiering topics apply --policy FILE"
_NOT_ALLOWED = 29
_DYNAMIC = (
    "kafka-configs.sh --bootstrap-server {kafka} --alter --entity-type topics --entity-name {topic} --add-config {key}={wanted}"
)


async def look(scene: Scene) -> list[Finding]:
    """What the brokers tell of the topics and their settings."""
    settings = scene.settings
    scene.configs = await configs(scene)
    plan = [each for each in admin.plan(settings) if each[0] in scene.concerned()]
    return judge(settings, plan, scene.found_topics, scene.configs)


async def configs(scene: Scene) -> dict[str, dict[str, str]]:
    """The settings in force of each topic that is there, a broker's default where the topic has none."""
    brokers = scene.brokers
    names = {scene.settings.topic(name): name for name, seen in scene.found_topics.items() if not seen.code}
    told = await brokers.ask(requests.topic_settings(list(names))) if names else None
    found: dict[str, dict[str, str]] = {}
    for code, _, _, name, entries in told.resources if told else ():
        if not code:
            found[names[name]] = {entry[0]: entry[1] for entry in entries}
    return found


def judge(
    settings: Settings, plan: Sequence[Any], seen: Mapping[str, TopicSeen], set_to: Mapping[str, Mapping[str, str]]
) -> list[Finding]:
    """A line for each kind of difference, naming the topics; `set_to` lacks a topic whose settings we may not see."""
    hidden = [name for topic, name, _ in plan if seen[topic.name].code == _NOT_ALLOWED]
    shown = [each for each in plan if seen[each[0].name].code != _NOT_ALLOWED]
    differences = [
        difference
        for topic, name, count in shown
        for difference in admin.differences(settings, topic, name, count, _copies_of(seen[topic.name]), set_to.get(topic.name))
    ]
    findings = [fail(CHECK, f"we may not see {several(hidden)}", "give this user Describe on them: `tiering topics acl`")] * bool(
        hidden
    )
    findings += _findings(settings, differences)
    secret = [name for topic, name, _ in shown if not seen[topic.name].code and topic.name not in set_to]
    unseen = f"; the settings of {several(secret, most=1)} we may not see (DescribeConfigs)" if secret else ""
    return findings or [ok(CHECK, f"{counted(len(plan), 'topic')}, as they have to be{unseen}")]


def _findings(settings: Settings, differences: Sequence[Difference]) -> list[Finding]:
    by_kind: dict[str, list[Difference]] = defaultdict(list)
    for each in differences:
        by_kind[each.what if each.what in (MISSING, PARTITIONS, COPIES) else "setting"].append(each)
    return [
        *_missing(by_kind[MISSING]),
        *_partition_counts(by_kind[PARTITIONS]),
        *_copies(settings, by_kind[COPIES]),
        *(fail(CHECK, str(each), f"`{_altered(settings, each)}`") for each in by_kind["setting"]),
    ]


def _missing(differences: Sequence[Difference]) -> list[Finding]:
    if not differences:
        return []
    return [fail(CHECK, f"{_are(differences)} missing", f"`{APPLY}`")]


def _partition_counts(differences: Sequence[Difference]) -> list[Finding]:
    if not differences:
        return []
    found = ", ".join(sorted({each.found for each in differences}))
    do = f"set TIERING_PARTITIONS to {found} if the log was made with that; if it was changed, fill a new log under another"
    what = f"{_are(differences)} of {found} partitions, TIERING_PARTITIONS is {differences[0].wanted}"
    return [fail(CHECK, what, f"{do} TIERING_TOPIC_PREFIX with `tiering backfill`")]


def _copies(settings: Settings, differences: Sequence[Difference]) -> list[Finding]:
    if not differences:
        return []
    fewest = min(int(each.found) for each in differences)
    what = f"{_are(differences)} kept {fewest} times, TIERING_REPLICATION is {settings.replication}"
    return [fail(CHECK, what, "add copies with kafka-reassign-partitions.sh, or set TIERING_REPLICATION to what you have")]


def _are(differences: Sequence[Difference]) -> str:
    return f"{several(each.topic for each in differences)} {'is' if len(differences) == 1 else 'are'}"


def _altered(settings: Settings, difference: Difference) -> str:
    return _DYNAMIC.format(kafka=settings.kafka, topic=difference.topic, key=difference.what, wanted=difference.wanted)


def _copies_of(seen: TopicSeen) -> list[int] | None:
    return None if seen.code else [each.replicas for each in seen.partitions]
