"""Erasure: nothing of a customer stays, and what reaches the log of him afterwards is told apart by when it happened."""

import gc
import json
from datetime import UTC, datetime, timedelta
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import pytest

from schemas import codec
from schemas.control import ClockTicked, CustomerErased, CustomerReleased, Erasure, Release, Tick
from service import erasures, quarantine
from service.domain.customer import Customer
from service.domain.policy_file import parse_policy
from service.effects import Effects
from service.log_mismatch import LogMismatch
from service.partition import Partition
from service.replay import LogRecord, activation_record
from service.rows import partition_row
from service.rows.partition_row import key_of
from tests import builders
from tests.compiled.pure import inside_is_changed
from tests.service.noted_logs import with_notes

POLICY = parse_policy(builders.POLICY)
FIRST = LogRecord(0, None, activation_record(POLICY, "log"))
WHO = "canary-4711"
KEY = WHO.encode()
_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType)
YEAR_3 = datetime(3000, 1, 1, tzinfo=UTC)


def order(offset: int, day: int, cents: int = 600, *, customer: str = WHO, id: str | None = None, minute: int = 0) -> LogRecord:
    """An order, with its offset for an id."""
    value = builders.order(day, cents, id=id or f"{offset}", customer=customer, minute=minute)
    return LogRecord(offset, customer.encode(), value)


def erased(offset: int, *, customer: str = WHO, sequence: int = 0, at: datetime = YEAR_3, timestamp: int = 0) -> LogRecord:
    """His erasure; `at` is the clock of whoever wrote it."""
    event = CustomerErased(id=f"erase:{offset}", source="/tiering", subject=customer, time=at, data=Erasure(sequence=sequence))
    return LogRecord(offset, None, codec.encode_control(event), timestamp)


def tick(offset: int, day: int) -> LogRecord:
    """Noon of a day."""
    at = builders.FIRST + timedelta(days=day)
    return LogRecord(offset, None, codec.encode_control(ClockTicked(id="t", source="/tiering", time=at, data=Tick(at=at))))


def policy(offset: int, version: int, day: int) -> LogRecord:
    """Rules with another version number."""
    newer = parse_policy(builders.POLICY.replace("version = 1", f"version = {version}"))
    return LogRecord(offset, None, activation_record(newer, "log", builders.FIRST + timedelta(days=day)))


def read(*records: LogRecord, partition: Partition | None = None, size: int = 100) -> tuple[Partition, list[Effects]]:
    """Records in batches, each followed by what is due, and all profiles at the end."""
    partition = partition or Partition(0, {})
    found = []
    for at in range(0, len(records), size):
        found.append(partition.apply(records[at : at + size]))
        while partition.due:
            found.append(partition.catch_up(100))
    found.append(partition.publish_profiles())
    return partition, found


def said(effects: list[Effects], customer: str = WHO) -> list[tuple[int, str, str]]:
    """Sequence, type and reason of his announcements."""
    events = [json.loads(value) for each in effects for _, key, value in each.announcements if key == customer.encode()]
    return [(each["sequence"], each["type"], each["data"].get("reason", "")) for each in events]


def profiles(effects: list[Effects], customer: str = WHO) -> list[bool]:
    """Whether each of his profiles says something, or is null."""
    return [value is not None for each in effects for key, value in each.profiles if key == customer.encode()]


def counted(effects: list[Effects]) -> dict[str, int]:
    """Outcomes."""
    found: dict[str, int] = {}
    for each in effects:
        for outcome, count in each.counts.items():
            found[outcome] = found.get(outcome, 0) + count
    return found


def holds(root: object, needle: str) -> bool:
    """Whether anything that can be reached has the text in it."""
    seen, waiting = set[int](), [root]
    while waiting:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, _CODE):
            continue
        seen.add(id(each))
        if (isinstance(each, str) and needle in each) or (isinstance(each, bytes | bytearray) and needle.encode() in each):
            return True
        waiting += gc.get_referents(each)
    return False


def test_his_row_goes_his_profile_is_taken_back_and_nothing_is_announced() -> None:
    partition, before = read(FIRST, order(1, 3), order(2, 3, customer="b"))

    [effects, *others] = read(erased(3), order(4, 4, customer="b"), partition=partition)[1]

    assert (said(before)[0][0], profiles(before)) == (1, [True])
    assert (effects.rows[KEY], profiles([effects]), said([effects])) == (None, [False], [])
    assert (KEY in partition.stored, partition.customers) == (False, 1)
    assert counted([effects]) == {"control": 1, "applied": 1}
    assert profiles([effects, *others], "b") == [True]


@pytest.mark.parametrize("change_of_rules", [False, True])
def test_nothing_of_him_stays_in_memory_nor_in_a_row(change_of_rules: bool) -> None:
    partition, _ = read(FIRST, order(1, 3), order(2, 3, 700, customer="b"))
    partition.apply([order(3, 3, 10), order(4, 5, customer="b"), *([policy(5, 2, 5)] if change_of_rules else [])])
    assert holds(partition, WHO)

    partition.apply([erased(partition.next)])

    assert not holds(partition, WHO)
    assert partition.pending_profiles == 1
    again = Partition(0, dict(partition.stored))
    assert not holds(again, WHO)
    assert (again.customers, again.row.erased) == (1, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_however_records_are_batched_he_is_somebody_new_afterwards(size: int) -> None:
    log = [FIRST, order(1, 3), order(2, 3, 10), erased(3), order(4, 4, 100), order(5, 4, 100), policy(6, 2, 4), order(7, 5, 50)]

    partition, effects = read(*log, size=size)

    sequences = [sequence for sequence, _, _ in said(effects)]
    enrolled = [reason for _, kind, reason in said(effects) if kind == "tier.changed.v1"]
    assert sequences == list(range(1, len(sequences) + 1))
    assert enrolled == ["enrolled"] * 4
    [(_, profile)] = partition.profiles(partition.clock.day)
    assert (profile.totals.orders, profile.totals.spend_minor, profile.policy) == (3, 250, "test@2")
    assert profiles(effects)[-1]
    assert Partition(0, dict(partition.stored)).due == 0


@pytest.mark.parametrize("size", [1, 20])
def test_who_came_back_in_the_same_batch_is_reviewed_when_he_is_due(size: int) -> None:
    log = [FIRST, order(1, 3, 100), erased(2), order(3, 4, 600)]
    partition, _ = read(*log, size=size)

    late = read(tick(4, 100), partition=partition)[1]

    assert ("tier.changed.v1", "time") in [each[1:] for each in said(late)]


def test_who_was_due_is_not_any_more() -> None:
    partition, _ = read(FIRST, order(1, 3), order(2, 3, customer="b"))
    partition.apply([erased(3)])

    late = read(tick(4, 100), partition=partition)[1]

    assert (said(late), said(late, "b") != []) == ([], True)


@pytest.mark.parametrize("late", [0, 1, 2])
def test_what_happened_before_and_comes_after_enrols_nobody(late: int) -> None:
    partition, _ = read(FIRST, order(1, 3, id="1"), order(2, 4, minute=5, id="2"), erased(3))

    effects = read(order(4, 3, id="1"), order(5, 4 - late, id="x"), order(6, 4, minute=5, id="2"), partition=partition)[1]

    assert (counted(effects), partition.customers, said(effects)) == ({"ignored": 3}, 0, [])


def test_nor_does_it_count_when_he_is_back() -> None:
    partition, _ = read(FIRST, order(1, 3), erased(2), order(3, 3, 70, minute=9))

    read(order(4, 3, 1_000, id="of a till that was offline"), order(5, 2, 1_000), partition=partition)

    [(_, profile)] = partition.profiles(partition.clock.day)
    assert profile.totals.spend_minor == 70


def test_the_others_late_events_count() -> None:
    partition, _ = read(FIRST, order(1, 3), order(2, 5, customer="b"), erased(3))

    effects = read(order(4, 2, customer="b"), order(5, 2, customer="new"), partition=partition)[1]

    assert counted(effects) == {"applied": 2}


def test_in_wall_time_the_erasure_is_when_it_was_written_and_no_later_than_the_broker_says() -> None:
    noon = builders.FIRST + timedelta(days=3)
    stamp = round(noon.timestamp() * 1000)
    for at, timestamp in ((noon, stamp + 86_400_000 * 365), (noon + timedelta(days=365), stamp)):
        partition = Partition(0, {}, mode="wall")
        read(FIRST, tick(1, 3), order(2, 3), erased(3, at=at, timestamp=timestamp), partition=partition)

        effects = read(order(4, 3, id="then"), order(5, 3, id="later", minute=1), partition=partition)[1]

        assert counted(effects) == {"ignored": 1, "applied": 1}


def test_numbers_go_on_from_what_the_world_has_seen_whatever_the_row_says() -> None:
    partition, effects = read(FIRST, order(1, 3), erased(2, sequence=40), order(3, 4, 100))

    assert [sequence for sequence, _, _ in said(effects)][3:] == [41, 42, 43]
    assert json.loads(next(iter(effects[0].announcements[::-1]))[2])["id"] == f"{WHO}:43"
    assert partition.customers == 1


def damaged(partition: Partition, key: bytes = KEY) -> Partition:
    """The partition after a restart, with another byte in his row."""
    stored = dict(partition.stored)
    stored[key] = stored[key][:-1] + bytes([stored[key][-1] ^ 1])
    return Partition(0, stored)


@pytest.mark.parametrize("found_before", [False, True])
def test_who_has_a_damaged_row_or_is_in_quarantine_is_erased_too(found_before: bool) -> None:
    partition = damaged(read(FIRST, order(1, 3), order(2, 3, customer="b"))[0])
    if found_before:
        partition.apply([order(3, 3)])
        assert partition.quarantined == 1

    effects = read(erased(partition.next, sequence=3), order(partition.next + 1, 4), partition=partition)[1]

    assert (partition.quarantined, partition.customers, counted(effects)) == (0, 2, {"control": 1, "applied": 1})
    assert [sequence for sequence, _, _ in said(effects)] == [4, 5, 6]


def test_a_row_of_before_releases_nobody_afterwards() -> None:
    partition, _ = read(FIRST, order(1, 3), order(2, 3, customer="b"))
    row = partition.stored[KEY]
    partition = damaged(read(erased(3), order(4, 3, 60, minute=1), partition=partition)[0])
    partition.apply([order(5, 4)])
    assert quarantine.is_quarantined(partition.stored[KEY])
    event = CustomerReleased(id="r", source="/tiering", subject=WHO, time=YEAR_3, data=Release(row=row))

    effects = read(LogRecord(6, None, codec.encode_control(event)), partition=partition)[1]

    assert (counted(effects), partition.quarantined) == ({"ignored": 1}, 1)


def test_who_is_unknown_may_be_erased_and_again() -> None:
    partition, _ = read(FIRST, order(1, 3))
    read(erased(2), erased(3, customer="nobody"), partition=partition)
    rows = dict(partition.stored)

    _, again = read(erased(4), erased(5, customer="nobody"), partition=partition)

    assert (profiles(again), profiles(again, "nobody"), said(again)) == ([False], [False], [])
    changed = {key for key in rows if rows[key] != partition.stored[key]} - {key_of(0)}
    assert [erasures.decode(partition.stored[key])[:2] == erasures.decode(rows[key])[:2] for key in changed] == [True, True]
    assert (partition.customers, partition.row.erased) == (0, 2)


def test_a_service_that_knows_of_no_erasures_does_not_read_on_and_any_other_partition_can_go_back() -> None:
    partition, _ = read(FIRST, order(1, 3))
    assert partition_row.read(0, partition.stored[key_of(0)]).version == partition_row.BEFORE_ERASURES

    read(erased(2), order(3, 4), partition=partition)

    assert partition_row.read(0, partition.stored[key_of(0)]).version == partition_row.VERSION


def test_a_row_of_an_erasure_that_is_missing_or_damaged_is_seen_at_the_start() -> None:
    partition, _ = read(FIRST, order(1, 3), erased(2))
    missing = {key: row for key, row in partition.stored.items() if key != erasures.key_of(KEY)}

    with pytest.raises(LogMismatch, match="has the rows of -1 customers, and should have 0"):
        Partition(0, missing)
    with pytest.raises(LogMismatch, match="erased customer is damaged"):
        Partition(0, dict(partition.stored) | {erasures.key_of(KEY): b"x"})


def test_a_step_that_is_taken_again_forgets_him_too() -> None:
    partition = damaged(read(FIRST, order(1, 3), order(2, 3, customer="b"))[0], b"b")

    effects = partition.apply([erased(3), order(4, 4, 80), order(5, 4, customer="b"), *[order(6 + n, 5) for n in range(3)]])

    assert (partition.quarantined, partition.customers) == (1, 2)
    assert counted([effects]) == {"control": 1, "applied": 4, "dead-lettered": 1}


def test_who_came_back_before_the_rules_changed_follows_them_like_all_others() -> None:
    partition, _ = read(FIRST, order(1, 3), erased(2), order(3, 4, 100), policy(4, 2, 4))

    [(_, profile)] = partition.profiles(partition.clock.day)
    assert profile.policy == "test@2"


def test_a_small_order_is_not_noted_on_the_row_of_before() -> None:
    log = with_notes()
    assert log.notes == 3

    log.take(erased(log.next, customer="c-1"), log.record(builders.order(4, 10, id="4"), log.next + 1))

    [(_, profile)] = log.partition.profiles(log.partition.clock.day)
    assert profile.totals.orders == 1


@inside_is_changed
def test_who_fails_after_he_was_erased_is_in_quarantine_without_his_former_row(monkeypatch: pytest.MonkeyPatch) -> None:
    partition, _ = read(FIRST, order(1, 3))
    fold = Customer.fold

    def failing(self: Customer, event: Any, *rest: Any) -> Any:
        if event.id == "e-3":
            raise ZeroDivisionError
        return fold(self, event, *rest)

    monkeypatch.setattr(Customer, "fold", failing)

    effects = partition.apply([erased(2), order(3, 4), order(4, 4)])

    assert quarantine.decode(effects.rows[KEY] or b"").row == b""
    assert counted([effects]) == {"control": 1, "dead-lettered": 2}


def test_a_restart_remembers_and_an_erasure_of_an_earlier_clock_takes_nothing_back() -> None:
    noon = builders.FIRST + timedelta(days=3)
    stamp, partition = round(noon.timestamp() * 1000), Partition(0, {}, mode="wall")
    read(FIRST, tick(1, 3), order(2, 3), erased(3, at=noon, timestamp=stamp), partition=partition)
    read(erased(4, at=noon - timedelta(days=1), timestamp=stamp), partition=partition)

    effects = read(order(5, 3, id="then"), partition=Partition(0, dict(partition.stored), mode="wall"))[1]

    assert counted(effects) == {"ignored": 1}
