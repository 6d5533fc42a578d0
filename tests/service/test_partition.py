"""The partition object: what it takes, refuses, repeats and remembers."""

import json
from typing import Any

import pytest

from schemas.dead_letters import Code
from service.domain.policy_file import parse_policy
from service.effects import Effects
from service.intake import Forward, intake
from service.log_mismatch import LogMismatch
from service.partition import Partition
from service.replay import LogRecord, Replay, activation_record
from service.rows import customer_row
from tests import builders

POLICY = parse_policy(builders.POLICY)


class Log:
    """A log without Kafka, and the partition that reads it."""

    def __init__(self) -> None:
        self.stored: dict[bytes, bytes] = {}
        self.partition = Partition(0, self.stored)
        self.end = 0
        self.append(activation_record(POLICY, "log-1"))

    def append(self, value: bytes) -> Effects:
        """The next record, and what it causes."""
        self.end += 1
        return self.partition.apply([LogRecord(self.end - 1, b"", value)])

    def send(self, event: bytes) -> Effects:
        """An event by way of intake."""
        taken = intake(event, (), now=builders.FIRST.replace(year=2030), currency="USD")
        assert isinstance(taken, Forward), taken
        return self.append(taken.value)


def kinds(effects: Effects) -> list[str]:
    """What was announced, in short."""
    found: list[dict[str, Any]] = [json.loads(value) for _, _, value in effects.announcements]
    return [f"{each['sequence']} {each['type']} {each['data']['reason']}" for each in found]


def test_enrolment_announces_every_scheme_and_the_segment() -> None:
    assert kinds(Log().send(builders.order(3, 100, id="1"))) == [
        "1 tier.changed.v1 enrolled",
        "2 tier.changed.v1 enrolled",
        "3 segment.changed.v1 order",
    ]


def test_the_first_event_may_lead_above_the_base() -> None:
    first = json.loads(Log().send(builders.order(3, 500, id="1")).announcements[0][2])["data"]

    assert (first["from_tier"], first["to_tier"], first["direction"]) == (None, "silver", "enrolled")
    assert first["measures"] == [{"measure": "spend_minor", "window": "rolling 30", "value": 500}]
    assert first["keep"] == {
        "check_on": "2024-02-03",
        "missing": {"need": 1, "of": [{"measure": "spend_minor", "window": "rolling 30", "missing": 300}]},
    }


def test_a_repeat_is_counted_and_changes_nothing() -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))
    before = dict(log.stored)

    effects = log.send(builders.order(3, 100, id="1"))

    assert effects.counts == {"repeated": 1}
    assert log.stored[b"c-1"] == before[b"c-1"]
    assert effects.announcements == []


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (builders.order(3, 101, id="1"), Code.CONFLICT),
        (builders.order(3, 100, id="1", minute=1), Code.CONFLICT),
        (builders.order(-58, 100, id="2"), Code.TOO_LATE),
    ],
)
def test_what_cannot_be_folded_is_a_dead_letter(second: bytes, code: Code) -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))

    effects = log.send(second)

    assert [letter.code for letter in effects.dead_letters] == [code]
    assert log.partition.next == log.end


def test_the_last_day_that_is_not_too_late_is_taken() -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))

    assert log.send(builders.order(-57, 100, id="2")).counts == {"applied": 1}


def test_an_order_and_its_full_refund_leave_the_enrolment() -> None:
    log = Log()
    log.send(builders.order(3, 700, id="1"))

    effects = log.send(builders.refund(3, 700, id="2", of="1"))

    tier, _, segment = (json.loads(value)["data"] for _, _, value in effects.announcements)
    assert (tier["from_tier"], tier["to_tier"], tier["reason"]) == ("silver", "regular", "refund")
    assert (segment["to_segment"], segment["r"]) == (None, None)


def test_records_that_were_read_are_skipped_and_a_hole_is_refused() -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))

    assert not log.partition.apply([LogRecord(1, b"", b"anything")])
    with pytest.raises(LogMismatch, match="hole"):
        log.partition.apply([LogRecord(7, b"", b"anything")])


def test_a_restart_goes_on_where_it_was() -> None:
    log = Log()
    log.send(builders.order(3, 500, id="1"))
    log.send(builders.interaction(3, "app-open", id="x"))
    again = Partition(0, dict(log.stored))

    taken = intake(builders.order(90, 100, id="2"), (), now=builders.FIRST.replace(year=2030), currency="USD")
    assert isinstance(taken, Forward)
    record = LogRecord(3, b"", taken.value)

    assert again.pending_profiles == 1
    assert again.apply([record]).announcements == log.partition.apply([record]).announcements


def test_a_log_without_a_policy_is_refused() -> None:
    taken = intake(builders.order(3, 100, id="1"), (), now=builders.FIRST.replace(year=2030), currency="USD")
    assert isinstance(taken, Forward)

    with pytest.raises(LogMismatch, match="topics apply"):
        Partition(0, {}).apply([LogRecord(0, b"", taken.value)])


def test_rows_without_a_partition_row_are_refused() -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))

    with pytest.raises(LogMismatch, match="rebuild"):
        Partition(0, {b"c-1": log.stored[b"c-1"]})


def test_a_damaged_row_is_told_from_a_good_one() -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))
    row = log.stored[b"c-1"]

    for at in range(len(row)):
        damaged = row[:at] + bytes([row[at] ^ 1]) + row[at + 1 :]
        with pytest.raises(customer_row.DamagedRow):
            customer_row.decode("c-1", damaged, POLICY)


def test_a_profile_goes_out_at_once_with_a_name_and_later_without() -> None:
    log = Log()
    assert len(log.send(builders.order(3, 100, id="1")).profiles) == 1

    assert log.send(builders.interaction(3, "app-open", id="2")).profiles == []
    [(key, profile)] = log.partition.publish_profiles().profiles

    assert key == b"c-1"
    assert json.loads(profile or b"")["data"]["engagement"] == {"app-open": 1}
    assert log.partition.publish_profiles().profiles == []


def test_profiles_are_something_to_write_also_when_no_row_changes_with_them() -> None:
    log = Log()
    for customer in "abc":
        log.send(builders.order(3, 100, id=f"1{customer}", customer=customer))
        log.send(builders.interaction(3, "app-open", id=f"2{customer}", customer=customer))

    effects = log.partition.publish_profiles(2)

    assert effects
    assert (len(effects.profiles), effects.rows, log.partition.pending_profiles) == (2, {}, 1)


@pytest.mark.parametrize("restart", [False, True])
def test_a_late_event_may_be_of_the_oldest_day_that_is_kept(restart: bool) -> None:
    text = builders.POLICY
    for key, kept, least in (("late_days", 60, 1), ("refund_horizon_days", 30, 0), ("keep_days", 100, 1)):
        text = text.replace(f"{key} = {kept}", f"{key} = {least}")
    replay = Replay(text)
    replay.feed(builders.interaction(0, "app-open", id="1"))
    replay.feed(builders.interaction(40, "app-open", id="2"))
    if restart:
        replay.partition = Partition(0, dict(replay.partition.stored))

    replay.feed(builders.order(39, 700, id="3"))

    [(_, profile)] = list(replay.profiles())
    assert (profile.tiers["membership"].tier, str(profile.tiers["membership"].since)) == ("silver", "2024-02-09")


def test_rows_that_were_made_in_another_time_are_refused() -> None:
    log = Log()
    log.send(builders.order(3, 100, id="1"))

    with pytest.raises(LogMismatch, match="read in events time, and TIERING_TIME is wall"):
        Partition(0, dict(log.stored), mode="wall")
