"""What went in: the log holds every accepted event of the input topics, and every bad one is in its dead-letter topic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas import topics
from schemas.dead_letters import Code
from service.domain.policy_file import parse_policy
from service.intake import Forward, Rejected, intake
from service.partitioner import partition_for
from service.settings import Settings
from tests.chaos.reading import records
from tests.chaos.verdict import Verdict

Letters = Mapping[Any, set[Any]]
"""(key, value, code) of the dead letters of each place; copies of one that are alike count once."""


async def compare_input(settings: Settings, policy: str, log: Iterable[Any], jumps: timedelta, verdict: Verdict) -> None:
    """Read the input back, and ask what intake must have made of it; `jumps` is how far its clock was off at most.

    An event for which that matters must be in the log or a dead letter, or both.
    """
    currency, now = parse_policy(policy).frame.currency, datetime.now(UTC)
    accepted: set[tuple[int, bytes]] = set()
    refused: dict[tuple[str, int, int], str] = {}
    either: dict[tuple[str, int, int], tuple[int, bytes]] = {}
    sent = await records(settings.kafka, [settings.topic(name) for name in topics.INBOUND])
    for record in sent:
        at = record.topic, record.partition, record.offset
        taken, later = (intake(record.value, record.headers, now=now + jump, currency=currency) for jump in (-jumps, jumps))
        if isinstance(later, Forward):
            event = partition_for(later.customer_id.encode(), settings.partitions), later.value
            if isinstance(taken, Forward):
                accepted.add(event)
            else:
                either[at] = event
        elif isinstance(later, Rejected):
            refused[at] = later.code
    held = [(record.partition, record.value) for record in log if record.key is not None]
    letters = await _letters(settings)
    for at, event in either.items():
        if at in letters:
            refused[at] = Code.FUTURE_EVENT
        if at not in letters or event in held:
            accepted.add(event)
    compare_log(accepted, held, verdict)
    compare_letters(refused, letters, verdict)
    verdict.count("events", len(sent))
    verdict.count("repeats in the log", len(held) - len(set(held)))
    verdict.count("dead letters of intake", len(refused))


def compare_log(accepted: set[tuple[int, bytes]], held: Iterable[tuple[int, bytes]], verdict: Verdict) -> None:
    """(partition, value): all that was accepted, and nothing else. Intake may forward an event twice."""
    there = set(held)
    for event in accepted - there:
        verdict.find("accepted but not in the log", event)
    for event in there - accepted:
        verdict.find("in the log but never accepted", event)


def compare_letters(expected: Mapping[Any, str], found: Letters, verdict: Verdict) -> None:
    """The code that each refused record must have, and its dead letters."""
    for at in expected.keys() - found.keys():
        verdict.find("a dead letter of intake is lost", (at, expected[at]))
    for at in found.keys() - expected.keys():
        verdict.find("a dead letter of intake should not exist", (at, found[at]))
    for at in expected.keys() & found.keys():
        if len(found[at]) > 1 or {code for *_, code in found[at]} != {expected[at]}:
            verdict.find("a dead letter of intake is altered", (at, expected[at], found[at]))


async def _letters(settings: Settings) -> Letters:
    found: dict[Any, set[Any]] = defaultdict(set)
    for letter in await records(settings.kafka, [settings.topic(topics.dead_letter_topic(name)) for name in topics.INBOUND]):
        place = {name: value.decode() for name, value in letter.headers if name.startswith(("__streams", "tiering"))}
        where = (place[f"__streams.errors.{part}"] for part in ("topic", "partition", "offset"))
        topic, partition, offset = where
        found[topic, int(partition), int(offset)].add((letter.key, letter.value, place["tiering.error.code"]))
    return found
