"""A partition made anew: holes, another log's profiles, customers whom nobody knows, policies that are gone."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from schemas import codec
from schemas.control import ClockTicked, CustomerErased, Erasure, PolicyActivated, Tick
from service.activity_log import ActivityLog
from service.domain.customer import Customer
from service.domain.policy_file import parse_policy
from service.effects import Effects
from service.log_mismatch import LogMismatch
from service.partition import Partition
from service.rebuild import start
from service.rebuild.differences import Change
from service.rebuild.partition import RebuiltPartition, first_row, last_position
from service.replay import LogRecord, activation_record
from service.rows import partition_row
from service.rows.partition_row import key_of
from tests import builders
from tests.compiled.pure import inside_is_changed

POLICY = parse_policy(builders.POLICY)
FIRST = LogRecord(0, None, activation_record(POLICY, "log"))
ORDERS = [
    LogRecord(1, b"a", builders.order(3, 600, id="1", customer="a")),
    LogRecord(2, b"b", builders.order(4, 100, id="2", customer="b")),
]
LOG = [FIRST, *ORDERS]


def rebuilt(records: list[LogRecord], **known: Any) -> RebuiltPartition:
    """After all records were read in silence."""
    first = codec.decode_activity(FIRST.value)
    assert isinstance(first, PolicyActivated)
    row = first_row("log", first, 0).encode()
    partition = RebuiltPartition(0, {key_of(0): row}, **({"known": [POLICY]} | known))
    effects = partition.apply(records)
    assert (effects.announcements, effects.profiles) == ([], [])
    return partition


def profiles(records: list[LogRecord]) -> dict[bytes, bytes]:
    """What a worker has published."""
    partition = Partition(0, {})
    effects = [partition.apply(records), partition.publish_profiles()]
    return {key: value for each in effects for key, value in each.profiles if value is not None}


def with_data(profile: bytes, **data: Any) -> bytes:
    """A profile that says something else."""
    event = json.loads(profile)
    event["data"] |= data
    return msgspec.json.encode(event)


def said(effects: Effects) -> list[tuple[str, int, str | None, str | None, str]]:
    """Subject, sequence, from, to and direction of the tier changes."""
    events = [json.loads(value) for _, _, value in effects.announcements]
    return [
        (each["subject"], each["sequence"], each["data"]["from_tier"], each["data"]["to_tier"], each["data"]["direction"])
        for each in events
        if each["type"] == "tier.changed.v1"
    ]


def test_to_whom_nothing_was_said_everything_is_said() -> None:
    effects = rebuilt(LOG).announce({}, [b"a"])

    assert said(effects) == [("a", 1, None, "silver", "enrolled"), ("a", 2, None, "b", "enrolled")]
    assert [key for key, _ in effects.profiles] == [b"a"]
    reasons = [json.loads(value)["data"]["reason"] for _, _, value in effects.announcements]
    assert reasons == ["enrolled", "enrolled", "rebuild"]


def test_what_was_said_wrongly_is_said_right_at_the_midnight_of_his_day() -> None:
    published = profiles(LOG)
    event = json.loads(published[b"a"])["data"]
    event["tiers"]["membership"]["tier"] = "gold"
    partition = rebuilt(LOG)

    effects = partition.announce(published | {b"a": with_data(published[b"a"], **event)}, [b"a", b"b"])

    assert said(effects) == [("a", 4, "gold", "silver", "down")]
    announcement = json.loads(effects.announcements[0][2])
    assert (announcement["time"], announcement["data"]["reason"]) == ("2024-01-04T00:00:00Z", "rebuild")
    assert partition.differences.changes == {Change("tier.changed.v1", "membership", "gold", "silver"): 1}
    assert (partition.differences.customers, partition.differences.profiles) == (1, 1)


def test_only_numbers_that_were_wrong_are_a_profile_and_no_announcement() -> None:
    published = profiles(LOG)
    wrong = with_data(published[b"a"], engagement={"share": 3})

    effects = rebuilt(LOG).announce(published | {b"a": wrong}, [b"a", b"b"])

    assert effects.announcements == []
    [(key, profile)] = effects.profiles
    assert (key, json.loads(profile or b"")["data"]["engagement"]) == (b"a", {})


def test_who_is_in_no_record_of_the_log_is_erased() -> None:
    published = profiles(LOG)
    partition = rebuilt([FIRST, *ORDERS[:1]])

    assert partition.announce(published, [b"a", b"b"]).profiles == [(b"b", None)]
    assert partition.differences.erased == 1


def test_a_profile_of_another_log_is_taken_back_before_the_new_one_goes_out() -> None:
    published = {key: with_data(value, position=90) for key, value in profiles(LOG).items()}

    effects = rebuilt(LOG).announce(published, [b"a"])

    assert effects.announcements == []
    [taken_back, (key, again)] = effects.profiles
    assert (taken_back, key, json.loads(again or b"")["data"]["position"]) == ((b"a", None), b"a", 2)


def test_a_log_without_its_latest_ticks_takes_nothing_back_that_time_has_brought() -> None:
    later = builders.FIRST + timedelta(days=60)
    tick = codec.encode_control(ClockTicked(id="t", source="/tiering", time=later, data=Tick(at=later)))
    worker = Partition(0, {})
    effects = [worker.apply([*LOG, LogRecord(3, None, tick)])]
    while worker.due:
        effects.append(worker.catch_up(100))
    effects.append(worker.publish_profiles())
    assert ("a", 6, "silver", "regular", "down") in [each for effect in effects for each in said(effect)]
    published = {key: value for each in effects for key, value in each.profiles if value is not None}

    partition = rebuilt(LOG)
    again = partition.announce(published, [b"a", b"b"])

    assert again.announcements == []
    now, then = partition.said(b"a"), worker.said(b"a")
    assert now
    assert then
    assert now[0] == then[0]


def test_holes_are_passed_over() -> None:
    partition = rebuilt([FIRST, LogRecord(4, b"a", ORDERS[0].value), LogRecord(6, b"b", ORDERS[1].value)])

    assert (partition.next, partition.customers) == (7, 2)


@pytest.mark.parametrize("ladder_is_known", [True, False])
def test_a_tier_of_a_policy_that_is_gone_is_known_by_the_ladder_that_had_it(ladder_is_known: bool) -> None:
    text = builders.POLICY.replace("version = 1", "version = 9").replace('"silver"', '"bronze"')
    published = profiles([LogRecord(0, None, activation_record(parse_policy(text), "old")), *ORDERS])
    known = [parse_policy(text), POLICY] if ladder_is_known else [POLICY]

    effects = rebuilt(LOG, known=known).announce(published, [b"a"])

    expected = ("a", 4, "bronze", "silver", "down") if ladder_is_known else ("a", 4, None, "silver", "enrolled")
    assert said(effects) == [expected]


def test_what_is_no_profile_stops_it() -> None:
    with pytest.raises(LogMismatch, match="what is published of a is no profile"):
        rebuilt(LOG).announce({b"a": b"{}"}, [b"a"])


def test_the_row_says_that_a_rebuild_is_under_way_until_its_end() -> None:
    partition = rebuilt(LOG)
    partition.announce(profiles(LOG), [b"a", b"b"])

    assert partition_row.read(0, partition.stored[key_of(0)]).rebuilding == 0
    partition.end()
    assert partition_row.read(0, partition.stored[key_of(0)]).rebuilding is None
    assert Partition(0, dict(partition.stored)).pending_profiles == 0


@inside_is_changed
def test_who_was_in_quarantine_comes_out_of_it_and_is_told_what_he_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    more = LogRecord(3, b"b", builders.order(5, 1_000, id="3", customer="b"))
    partition, published = Partition(0, {}), dict[bytes, bytes]()
    with monkeypatch.context() as bug:
        fold = Customer.fold

        def failing(self: Customer, event: Any, *rest: Any) -> Any:
            if event.id == "e-3":
                raise ZeroDivisionError
            return fold(self, event, *rest)

        bug.setattr(Customer, "fold", failing)
        for records in ([FIRST], [ORDERS[0]], [ORDERS[1]], [more]):
            published.update({key: value for key, value in partition.apply(records).profiles if value})
    assert partition.quarantined == 1
    again = rebuilt([*LOG, more])

    effects = again.announce(published, [b"a", b"b"])

    assert again.quarantined == 0
    assert said(effects) == [("b", 4, "regular", "silver", "up"), ("b", 5, "c", "b", "up")]
    assert json.loads(effects.profiles[0][1] or b"")["data"]["totals"]["orders"] == 2


@inside_is_changed
def test_who_fails_while_differences_are_said_is_put_into_quarantine_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    say_since = Customer.say_since

    def failing(self: Customer, *rest: Any) -> Any:
        if self.id == "a":
            raise ZeroDivisionError
        return say_since(self, *rest)

    partition = rebuilt(LOG)
    monkeypatch.setattr(Customer, "say_since", failing)

    effects = partition.announce({}, [b"a", b"b"])

    assert {json.loads(value)["subject"] for _, _, value in effects.announcements} == {"b"}
    assert (partition.quarantined, partition.differences.customers) == (1, 1)


def test_what_had_been_read_is_told_by_the_newest_profile() -> None:
    first, second = profiles(LOG).values()
    published = {b"a": with_data(first, position=90), b"b": with_data(second, position=7)}

    assert last_position(published) == 90
    assert last_position({}) == -1


def erased(offset: int, customer: str, sequence: int) -> LogRecord:
    """Of a log, with the sequence of his published profile."""
    event = CustomerErased(
        id=f"erase:{offset}", source="/tiering", subject=customer, time=builders.FIRST, data=Erasure(sequence=sequence)
    )
    return LogRecord(offset, None, codec.encode_control(event))


def left(records: list[LogRecord]) -> dict[bytes, bytes]:
    """What a worker has left in the topic of the profiles."""
    partition, found = Partition(0, {}), dict[bytes, bytes | None]()
    for effects in (partition.apply(records), partition.publish_profiles()):
        found.update(effects.profiles)
    return {key: value for key, value in found.items() if value is not None}


def test_an_erasure_is_read_at_its_place_and_leaves_no_difference() -> None:
    log = [*LOG, erased(3, "a", 3), erased(4, "b", 3), LogRecord(5, b"a", builders.order(6, 90, id="5", customer="a"))]
    published = left(log)
    partition = rebuilt(log)

    effects = partition.announce(published, sorted({*partition.keys, *published}))

    assert (effects.announcements, effects.profiles, list(partition.keys)) == ([], [], [b"a"])
    assert (partition.differences.erased, partition.customers) == (0, 1)


def test_a_profile_that_came_back_with_a_copy_of_the_topic_is_taken_back_again() -> None:
    partition = rebuilt([*LOG, erased(3, "b", 3)])

    effects = partition.announce(profiles(LOG), [b"a", b"b"])

    assert ([partition.was_erased(key) for key in (b"a", b"b")], effects.profiles) == ([False, True], [(b"b", None)])


def test_whose_profile_is_lost_is_told_all_with_numbers_from_after_his_erasure() -> None:
    partition = rebuilt([*LOG, erased(3, "a", 17), LogRecord(4, b"a", builders.order(6, 90, id="5", customer="a"))])

    assert [each[:2] for each in said(partition.announce({}, [b"a"]))] == [("a", 18), ("a", 19)]


@pytest.mark.parametrize("log_knows_of_it", [True, False])
def test_what_is_kept_of_who_was_erased_outlives_a_rebuild(log_knows_of_it: bool) -> None:
    """He had been told more than the log says (by rows of an earlier rebuild), or the log is a copy from before the erasure."""
    before, activation = Partition(0, {}), codec.decode_activity(FIRST.value)
    assert isinstance(activation, PolicyActivated)
    before.apply([*LOG, erased(3, "a", 40)])
    log = [*LOG, erased(3, "a", 3)] if log_knows_of_it else LOG
    end = len(log)
    kept = start.erased(before.stored, before.row, ActivityLog("log", 0, end, [activation]))
    row = first_row("log", activation, end, len(kept)).encode()
    partition = RebuiltPartition(0, {**kept, key_of(0): row}, [POLICY])

    late = LogRecord(end, b"a", builders.order(3, 90, id="late", customer="a"))
    back = LogRecord(end + 1, b"a", builders.order(6, 90, id="back", customer="a"))
    partition.apply([*log, late, back])

    assert [each[:2] for each in said(partition.announce({}, [b"a"]))] == [("a", 41), ("a", 42)]
    assert partition.state.customers.erasures.of(b"a").offset == (3 if log_knows_of_it else -1)
    partition.end()
    assert Partition(0, dict(partition.stored)).customers == 2
