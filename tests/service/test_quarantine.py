"""Quarantine: a customer whose row or events can't be worked on stops nobody else, until a row takes his place."""

import json
from datetime import timedelta
from typing import Any

import pytest

from schemas import codec
from schemas.control import ClockTicked, CustomerReleased, Release, Tick
from service import quarantine
from service.compiled import compiled
from service.domain.customer import Customer
from service.domain.policy_file import parse_policy
from service.effects import Effects
from service.partition import Partition
from service.quarantine import CodeIsWrong
from service.replay import LogRecord, Replay, activation_record
from service.rows import customer_row
from tests import builders
from tests.compiled.pure import INSIDE

HOUR = 3_600_000


def damaged(row: bytes) -> bytes:
    return row[:-1] + bytes([row[-1] ^ 1])


def two_customers() -> Replay:
    replay = Replay(builders.POLICY)
    replay.feed(builders.order(3, 250, id="1", customer="a"))
    replay.feed(builders.order(3, 250, id="2", customer="b"))
    return replay


def with_a_damaged_row() -> Replay:
    replay = two_customers()
    stored = dict(replay.partition.stored)
    stored[b"a"] = damaged(stored[b"a"])
    replay.partition = Partition(0, stored)
    return replay


def orders(*customers: str, first: int = 3, day: int = 4, timestamp: int = 0) -> list[LogRecord]:
    return [
        LogRecord(offset, customer.encode(), builders.order(day, 300, id=f"{offset}", customer=customer), timestamp)
        for offset, customer in enumerate(customers, start=first)
    ]


def refused(effects: Effects) -> list[tuple[int, str]]:
    return [(letter.record.offset, letter.code) for letter in effects.dead_letters]


@pytest.fixture
def fold_fails(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of events that can't be folded."""
    if compiled():
        pytest.skip(INSIDE)
    ids: set[str] = set()
    fold = Customer.fold

    def failing(self: Customer, event: Any, *rest: Any) -> Any:
        said = fold(self, event, *rest)
        if event.id[2:] in ids:
            raise ZeroDivisionError("of the test")
        return said

    monkeypatch.setattr(Customer, "fold", failing)
    return ids


def test_his_records_become_dead_letters_and_the_others_go_on() -> None:
    replay = with_a_damaged_row()
    before = replay.partition.stored[b"a"]

    effects = replay.partition.apply(orders("a", "b", "a"))

    assert refused(effects) == [(3, "customer-quarantined"), (5, "customer-quarantined")]
    assert {key for _, key, _ in effects.announcements} == {b"b"}
    kept = quarantine.decode(effects.rows[b"a"] or b"")
    assert (kept.row, kept.offset) == (before, 3)
    assert "checksum" in kept.reason
    assert [customer for customer, _ in effects.quarantined] == ["a"]


def test_a_review_finds_it_too_and_a_restart_remembers() -> None:
    replay = with_a_damaged_row()

    replay.tick(builders.FIRST)
    again = Partition(0, dict(replay.partition.stored))

    assert quarantine.is_quarantined(again.stored[b"a"])
    assert again.apply(orders("a", first=again.next)).dead_letters
    assert [customer for customer, _ in again.profiles(again.clock.day)] == ["b"]


def test_an_event_that_cannot_be_folded_leaves_no_trace_of_itself(fold_fails: set[str]) -> None:
    replay, fine = two_customers(), two_customers()
    expected = fine.partition.apply(orders("a", "b"))
    fold_fails.add("4")

    effects = replay.partition.apply(orders("a", "a", "b", "a"))

    assert refused(effects) == [(4, "customer-quarantined"), (6, "customer-quarantined")]
    of_a = [said for said in effects.announcements if said[1] == b"a"]
    assert of_a == [said for said in expected.announcements if said[1] == b"a"]
    assert len(effects.announcements) == len(expected.announcements)
    kept = quarantine.decode(effects.rows[b"a"] or b"")
    assert kept.row == fine.partition.stored[b"a"]
    assert "ZeroDivisionError" in kept.reason


def test_who_was_never_seen_before_has_no_row(fold_fails: set[str]) -> None:
    replay = two_customers()
    fold_fails.add("3")

    effects = replay.partition.apply(orders("new", "b"))

    assert quarantine.decode(effects.rows[b"new"] or b"").row == b""
    assert Partition(0, dict(replay.partition.stored)).quarantined == 1


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_a_row_that_grows_too_large_stays_as_it_was_however_records_are_batched(
    monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    replay, few = two_customers(), two_customers()
    records = [record for day in range(5) for record in orders("a", first=3 + day, day=4 + day)]
    few.partition.apply(records[:3])
    most = len(few.partition.stored[b"a"])
    monkeypatch.setattr(quarantine, "MOST_BYTES", most)

    steps = [replay.partition.apply(records[at : at + batch]) for at in range(0, 5, batch)]

    assert [letter for step in steps for letter in refused(step)] == [(6, "customer-quarantined"), (7, "customer-quarantined")]
    kept = quarantine.decode(replay.partition.stored[b"a"])
    assert (kept.row, kept.offset) == (few.partition.stored[b"a"], 6)


def test_more_than_one_percent_of_a_batch_stops_all(fold_fails: set[str]) -> None:
    replay = two_customers()
    fold_fails.update(("3", "4"))

    with pytest.raises(CodeIsWrong, match="2 customers of one batch of 3 records"):
        replay.partition.apply(orders("a", "b", "c"))


@pytest.mark.parametrize(("minutes", "stops"), [(5, True), (6, False)])
def test_more_than_ten_in_an_hour_stop_all_restarts_or_not(fold_fails: set[str], minutes: int, stops: bool) -> None:
    replay = two_customers()
    stored = replay.partition.stored
    for number in range(11):
        offset = 3 + number
        fold_fails.add(f"{offset}")
        step = orders(f"c-{number}", first=offset, timestamp=HOUR + number * minutes * 60_000)
        partition = Partition(0, dict(stored))
        if number == 10 and stops:
            with pytest.raises(CodeIsWrong, match="within an hour"):
                partition.apply(step)
        else:
            partition.apply(step)
            stored = partition.stored


def test_a_released_customer_says_what_he_had_not_said() -> None:
    replay = with_a_damaged_row()
    replay.partition.apply(orders("a"))
    whole = two_customers()
    whole.partition.apply(orders("a"))
    row = whole.partition.stored[b"a"]
    customer = customer_row.decode("a", row, whole.policy)
    was = customer_row.decode("a", two_customers().partition.stored[b"a"], whole.policy)
    customer.announced, customer.sequence = was.announced, was.sequence

    released = CustomerReleased(
        id="r", source="/tiering", subject="a", time=builders.FIRST, data=Release(row=customer_row.encode(customer, whole.policy))
    )
    effects = replay.partition.apply([LogRecord(4, None, codec.encode_control(released))])

    said = [json.loads(value) for _, _, value in effects.announcements]
    assert [each["sequence"] for each in said] == [was.sequence + number for number in (1, 2, 3)]
    assert [(each["data"]["to_tier"], each["data"]["reason"]) for each in said[:2]] == [("silver", "rebuild"), ("b", "rebuild")]
    assert replay.partition.quarantined == 0
    assert replay.partition.apply(orders("a", first=5, day=5)).counts == {"applied": 1}


@pytest.mark.parametrize("size", [1, 2, 5])
def test_who_was_released_and_failed_again_in_one_batch_fails_where_he_did_and_nowhere_else(
    fold_fails: set[str], size: int
) -> None:
    fold_fails |= {"3", "6"}
    partition = two_customers().partition
    released = CustomerReleased(
        id="r", source="/tiering", subject="a", time=builders.FIRST, data=Release(row=partition.stored[b"a"])
    )
    records = [*orders("a"), LogRecord(4, None, codec.encode_control(released)), *orders("a", "a", "a", first=5)]

    found = [partition.apply(records[at : at + size]) for at in range(0, len(records), size)]

    assert [each for effects in found for each in refused(effects)] == [
        (3, "customer-quarantined"),
        (6, "customer-quarantined"),
        (7, "customer-quarantined"),
    ]


@pytest.mark.parametrize("size", [1, 3])
def test_what_was_due_before_he_failed_is_announced_however_records_are_batched(fold_fails: set[str], size: int) -> None:
    fold_fails.add("5")
    partition = two_customers().partition
    at = builders.FIRST + timedelta(days=60)
    tick = ClockTicked(id="t", source="/tiering", time=at, data=Tick(at=at))
    records = [*orders("a"), LogRecord(4, None, codec.encode_control(tick)), *orders("a", first=5, day=60)]
    found = []

    for begin in range(0, 3, size):
        found.append(partition.apply(records[begin : begin + size]))
        while partition.due:
            found.append(partition.catch_up(10))

    said = [json.loads(value) for effects in found for _, key, value in effects.announcements if key == b"a"]
    changes = [each["data"] for each in said if each["type"] == "tier.changed.v1"]
    assert [(each["to_tier"], each["reason"]) for each in changes] == [
        ("silver", "order"),
        ("b", "order"),
        ("regular", "time"),
    ]
    assert [letter for effects in found for letter in refused(effects)] == [(5, "customer-quarantined")]


def test_a_row_from_before_what_was_announced_since_releases_nobody(fold_fails: set[str]) -> None:
    fold_fails.add("4")
    replay = two_customers()
    older = replay.partition.stored[b"a"]
    replay.partition.apply(orders("a", "a"))
    released = CustomerReleased(id="r", source="/tiering", subject="a", time=builders.FIRST, data=Release(row=older))

    effects = replay.partition.apply([LogRecord(5, None, codec.encode_control(released))])

    assert (effects.announcements, replay.partition.quarantined) == ([], 1)


@pytest.mark.parametrize("size", [1, 2])
def test_a_row_of_an_earlier_policy_releases_nobody(fold_fails: set[str], size: int) -> None:
    fold_fails.add("3")
    replay = two_customers()
    partition, older = replay.partition, replay.partition.stored[b"a"]
    partition.apply(orders("a"))
    newer = parse_policy(builders.POLICY.replace("version = 1", "version = 2"))
    released = CustomerReleased(id="r", source="/tiering", subject="a", time=builders.FIRST, data=Release(row=older))
    records = [
        LogRecord(4, None, activation_record(newer, "replay", builders.FIRST)),
        LogRecord(5, None, codec.encode_control(released)),
    ]

    for at in range(0, 2, size):
        partition.apply(records[at : at + size])
        while partition.due:
            partition.catch_up(10)

    assert partition.quarantined == 1


@pytest.mark.parametrize("row", [b"", b"nonsense"])
def test_a_row_that_cannot_be_used_releases_nobody(row: bytes) -> None:
    replay = with_a_damaged_row()
    replay.partition.apply(orders("a"))
    released = CustomerReleased(id="r", source="/tiering", subject="a", time=builders.FIRST, data=Release(row=row))

    replay.partition.apply([LogRecord(4, None, codec.encode_control(released))])

    assert replay.partition.quarantined == 1


def test_a_release_of_who_is_in_no_quarantine_changes_nothing() -> None:
    replay = two_customers()
    before = replay.partition.stored[b"a"]
    released = CustomerReleased(id="r", source="/tiering", subject="a", time=builders.FIRST, data=Release(row=b""))

    effects = replay.partition.apply([LogRecord(3, None, codec.encode_control(released))])

    assert (effects.counts, replay.partition.stored[b"a"]) == ({"ignored": 1}, before)


def released(replay: Replay, offset: int, release: Release) -> Effects:
    """The next record of the log releases customer a."""
    event = CustomerReleased(id="r", source="/tiering", subject="a", time=builders.FIRST, data=release)
    return replay.partition.apply([LogRecord(offset, None, codec.encode_control(event))])


def test_a_release_with_which_he_fails_again_leaves_him_where_he_is(
    fold_fails: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = two_customers()
    good = replay.partition.stored[b"a"]
    fold_fails.add("3")
    replay.partition.apply(orders("a"))
    monkeypatch.setattr(Customer, "say_again", lambda *_: 1 / 0)

    effects = released(replay, 4, Release(row=good))

    assert (effects.announcements, replay.partition.quarantined, replay.partition.next) == ([], 1, 5)


def test_a_second_release_does_not_take_back_what_was_folded_since_the_first(fold_fails: set[str]) -> None:
    replay = two_customers()
    good = Release(row=replay.partition.stored[b"a"])
    fold_fails.update(("3", "6"))
    replay.partition.apply(orders("a"))
    released(replay, 4, good)
    small = builders.interaction(4, "app-open", id="small", customer="a")
    replay.partition.apply([LogRecord(5, b"a", small), *orders("a", first=6)])

    released(replay, 7, good)

    assert replay.partition.quarantined == 1


def test_one_damaged_row_is_no_reason_to_stop_though_many_were_damaged_long_ago(fold_fails: set[str]) -> None:
    replay = two_customers()
    fold_fails.update(f"{number}" for number in range(3, 13))
    for offset in range(3, 13):
        replay.partition.apply(orders(f"c-{offset}", first=offset, timestamp=HOUR))
    replay.partition.apply(orders("b", first=13, timestamp=9 * HOUR))
    stored = dict(replay.partition.stored)
    stored[b"a"] = damaged(stored[b"a"])
    replay.partition = Partition(0, stored)

    replay.tick(builders.FIRST)
    replay.partition.apply(orders("a", first=replay.partition.next, timestamp=9 * HOUR))

    assert replay.partition.quarantined == 11


def test_a_tier_that_new_rules_have_taken_away_is_what_he_came_from() -> None:
    replay = two_customers()
    replay.partition.apply(orders("a"))  # silver
    profile = dict(replay.profiles())["a"]
    stored = dict(replay.partition.stored)
    stored[b"a"] = damaged(stored[b"a"])
    replay.partition = Partition(0, stored)
    replay.partition.apply(orders("a", first=4))
    newer = parse_policy(builders.POLICY.replace("version = 1", "version = 2").replace('"silver"', '"bronze"'))
    replay.partition.apply([LogRecord(5, None, activation_record(newer, "replay", builders.FIRST))])
    whole = two_customers()
    whole.partition.apply([*orders("a"), LogRecord(4, None, activation_record(newer, "replay", builders.FIRST))])
    while whole.partition.due:
        whole.partition.catch_up(10)
    customer = customer_row.decode("a", whole.partition.stored[b"a"], newer)
    customer.sequence = profile.sequence

    effects = released(replay, 6, Release(row=customer_row.encode(customer, newer), published=profile, former=replay.policy.text))

    changes = [json.loads(value)["data"] for _, _, value in effects.announcements]
    membership = [each for each in changes if each.get("scheme") == "membership"]
    assert [(each["from_tier"], each["to_tier"], each["direction"]) for each in membership] == [("silver", "bronze", "down")]


def test_who_fails_twice_in_one_batch_is_quarantined_where_it_began(
    fold_fails: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = two_customers()
    monkeypatch.setattr(quarantine, "MOST_BYTES", len(replay.partition.stored[b"a"]))
    fold_fails.add("4")

    effects = replay.partition.apply(orders("a", "a"))

    assert refused(effects) == [(3, "customer-quarantined"), (4, "customer-quarantined")]
    assert replay.partition.quarantined == 1
