"""Replay = live: a log read in whatever batches, with restarts between them, says the same, byte for byte."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.control import CustomerErased, Erasure
from service.domain.policy_file import parse_policy
from service.intake import Forward, intake
from service.partition import Partition
from service.replay import LogRecord, activation_record
from tests.properties.cases import Case, arrivals
from tests.properties.effort import examples
from tests.properties.histories import encode
from tests.properties.test_policy_change import changes, remembering


@st.composite
def logs(draw: st.DrawFn) -> tuple[Case, list[LogRecord]]:
    """The records of a partition of three customers: policies, their events as they arrive, and who is erased between them."""
    case = draw(remembering())
    new = draw(changes(case)) if draw(st.booleans()) else {}
    records = [LogRecord(0, None, activation_record(parse_policy(case.text), log_id="log"))]
    for place, event in enumerate(draw(arrivals(case))):
        if place in new:
            at = datetime.fromisoformat(event["time"])
            records.append(LogRecord(len(records), None, activation_record(parse_policy(new[place]), log_id="log", at=at)))
        [value] = encode([event | {"subject": draw(st.sampled_from(("c-1", "c-1", "c-2", "c-3")))}])
        taken = intake(value, (), now=datetime.now(UTC), currency="USD")
        assert isinstance(taken, Forward)
        records.append(LogRecord(len(records), taken.customer_id.encode(), taken.value))
        if draw(st.integers(0, 9)) == 9:
            records.append(LogRecord(len(records), None, erasure(draw(st.sampled_from(("c-1", "c-2", "c-4"))))))
    return case, records


def erasure(customer: str) -> bytes:
    """A customer is erased, whoever he is."""
    event = CustomerErased(id="erase", source="/tiering", subject=customer, time=datetime.now(UTC), data=Erasure())
    return codec.encode_control(event)


def by_customer(effects: Iterator[Any]) -> dict[bytes, list[bytes]]:
    """Announcements of each customer, in their order."""
    found: dict[bytes, list[bytes]] = {}
    for each in effects:
        for _, key, value in each.announcements:
            found.setdefault(key, []).append(value)
    return found


def live(records: list[LogRecord], random: Any, last: int) -> Iterator[Any]:
    """Batches of any size; reviews now and then, in bites, later than they are due; a new worker every so often."""
    partition, at = Partition(0, {}), 0
    while at < len(records):
        size = random.choice((1, 1, 2, 5))
        yield partition.apply(records[at : at + size])
        at += size
        if partition.due and random.random() < 0.5:
            yield partition.catch_up(random.choice((1, 2, 100)))
        if random.random() < 0.3:
            partition = Partition(0, dict(partition.stored))
    partition.advance_to(last)
    while partition.due:
        yield partition.catch_up(1)


def replayed(records: list[LogRecord], last: int) -> Iterator[Any]:
    """One record after the other, each followed by every review that it makes due."""
    partition = Partition(0, {})
    for record in records:
        yield partition.apply([record])
        while partition.due:
            yield partition.catch_up(100)
    partition.advance_to(last)
    while partition.due:
        yield partition.catch_up(100)


@examples(60)
@given(logs(), st.randoms(use_true_random=False), st.sampled_from((0, 10, 60)))
def test_a_replay_of_the_log_announces_the_same_byte_for_byte(log: Any, random: Any, silent: int) -> None:
    case, records = log
    last = case.last(silent).toordinal() - datetime(1970, 1, 1, tzinfo=UTC).toordinal()

    assert by_customer(live(records, random, last)) == by_customer(replayed(records, last))
