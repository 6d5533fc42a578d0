"""What came out: announcements and the customers' dead letters, each exactly once, byte for byte."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from schemas import codec, topics
from service.settings import Settings
from tests.chaos.reading import Isolation, records
from tests.chaos.recount import Said
from tests.chaos.verdict import Verdict

SAID = (topics.TIER_CHANGES, topics.SEGMENT_CHANGES, topics.LIFECYCLE_CHANGES, topics.CHURN_RISK)


async def announcements(settings: Settings, isolation: Isolation = "read_committed") -> list[Any]:
    """All that the readers of the outbound topics see."""
    return await records(settings.kafka, [settings.topic(name) for name in SAID], isolation)


def by_topic(settings: Settings, seen: Iterable[Any]) -> Said:
    """Announcements by topic and customer, in their order."""
    said: Said = defaultdict(lambda: defaultdict(list))
    for record in seen:
        said[record.topic.removeprefix(settings.topic_prefix)][record.key].append(record.value)
    return said


def compare_announcements(expected: Said, found: Said, verdict: Verdict) -> None:
    """In their order, each once; per customer 1, 2, 3, ... over all topics."""
    sequences: dict[bytes, list[int]] = defaultdict(list)
    for topic in SAID:
        for key in expected[topic].keys() | found[topic].keys():
            right, got = expected[topic].get(key, []), found[topic].get(key, [])
            sequences[key] += [codec.decode_announcement(value).sequence for value in got]
            if right != got:
                _tell_apart(topic, right, got, verdict)
    for key, numbers in sequences.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            verdict.find("a sequence has a hole", (key, sorted(numbers)))


def _tell_apart(topic: str, right: list[bytes], got: list[bytes], verdict: Verdict) -> None:
    wanted = {codec.decode_announcement(value).id: value for value in right}
    seen: set[str] = set()
    for value in got:
        name = codec.decode_announcement(value).id
        if name in seen:
            verdict.find("an announcement is doubled", (topic, name))
        elif wanted.get(name) != value:
            verdict.find("an announcement is altered", (topic, value, wanted.get(name)))
        seen.add(name)
    for name in wanted.keys() - seen:
        verdict.find("an announcement is lost", (topic, wanted[name]))
    if sorted(right) == sorted(got):
        verdict.find("announcements are out of order", (topic, got))


def compare_repeats(committed: Iterable[Any], uncommitted: Iterable[Any], verdict: Verdict) -> None:
    """Who reads what was never committed sees at worst the same announcement again."""
    right = {(record.topic, record.key, record.value) for record in committed}
    for record in uncommitted:
        if (record.topic, record.key, record.value) not in right:
            verdict.find("a repeat differs (uncommitted)", (record.topic, record.offset, record.value))


async def compare_letters(settings: Settings, expected: Mapping[tuple[int, int], str], verdict: Verdict) -> None:
    """The customers' dead letters: `expected` is the code of each, by partition and offset of its record."""
    found: dict[tuple[int, int], str] = {}
    for letter in await records(settings.kafka, [settings.topic(topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY))]):
        headers = dict(letter.headers)
        at = letter.partition, int(headers["__streams.errors.offset"])
        if at in found:
            verdict.find("a dead letter of customers is doubled", at)
        found[at] = headers["tiering.error.code"].decode()
    for at in expected.keys() | found.keys():
        if expected.get(at) != found.get(at):
            verdict.find("a dead letter of customers is wrong", (at, expected.get(at), found.get(at)))
