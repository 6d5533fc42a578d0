"""A change of rules in the log: who is behind catches up, whenever his turn comes."""

import json
import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from service.domain.policy_file import parse_policy
from service.log_mismatch import LogMismatch
from service.partition import Partition
from service.replay import LogRecord, Replay, activation_record
from service.rows import front
from service.rows.customer_row import FutureRow
from tests import builders

AT = datetime(2024, 1, 10, 9, tzinfo=UTC)
EASIER = builders.POLICY.replace("version = 1", "version = 2").replace("at_least = 500", "at_least = 200")


def announced(values: list[bytes]) -> list[tuple[str, str, str | None, str, str]]:
    """Subject, scheme, from, to and reason of the tier changes."""
    events = [json.loads(value) for value in values]
    return [
        (event["subject"], data["scheme"], data["from_tier"], data["to_tier"], data["reason"])
        for event in events
        if "to_tier" in (data := event["data"])
    ]


def with_two_customers() -> Replay:
    replay = Replay(builders.POLICY)
    replay.feed(builders.order(3, 250, id="1", customer="b"))
    replay.feed(builders.order(4, 250, id="2", customer="a"))
    return replay


def test_everybody_is_judged_by_the_new_rules_in_the_order_of_ids() -> None:
    replay = with_two_customers()

    said = replay.activate(EASIER, AT)

    assert announced(said) == [
        ("a", "membership", "regular", "silver", "policy"),
        ("b", "membership", "regular", "silver", "policy"),
    ]
    assert {json.loads(value)["time"] for value in said} == {"2024-01-10T09:00:00Z"}
    assert json.loads(said[0])["data"]["cause"] is None
    assert json.loads(said[0])["data"]["policy"] == "test@2"


def test_an_event_of_his_own_brings_a_customer_to_the_new_rules_first() -> None:
    partition = with_two_customers().partition
    change = LogRecord(3, None, activation_record(parse_policy(EASIER), "replay", AT))
    order = LogRecord(4, b"b", builders.order(9, 10, id="3", customer="b"))

    effects = partition.apply([change, order])

    said = announced([value for _, _, value in effects.announcements])
    assert said == [("b", "membership", "regular", "silver", "policy")]
    caught_up = [value for _, _, value in partition.catch_up(10).announcements]
    assert announced(caught_up) == [("a", "membership", "regular", "silver", "policy")]
    assert partition.due == 0


def test_who_is_behind_when_the_partition_is_taken_over_catches_up() -> None:
    replay = with_two_customers()
    replay.partition.apply([LogRecord(3, None, activation_record(parse_policy(EASIER), "replay", AT))])

    again = Partition(0, dict(replay.partition.stored))

    assert again.due == 2
    assert len(again.catch_up(10).announcements) == 2
    assert again.due == 0
    assert Partition(0, dict(again.stored)).policies.after(1) == []


@pytest.mark.parametrize("text", [builders.POLICY, builders.POLICY.replace("at_least = 500", "at_least = 200")])
def test_a_version_that_is_not_above_the_active_one_changes_nothing(text: str) -> None:
    replay = with_two_customers()

    assert replay.activate(text, AT) == []
    assert replay.policy.text == builders.POLICY


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (EASIER.replace("late_days = 60", "late_days = 61"), r"test@2 can't follow test@1, its \[frame\] is another one"),
        (
            EASIER.replace('"rolling 30"', '"rolling 367"'),
            "its longest window, rolling 367, is of 367 days, and the ledgers keep 92: run `tiering rebuild`",
        ),
    ],
)
def test_a_policy_that_a_running_log_cannot_take_up_stops_it(text: str, why: str) -> None:
    with pytest.raises(LogMismatch, match=why):
        with_two_customers().activate(text, AT)


def test_a_policy_of_a_later_version_of_the_service_stops_it() -> None:
    later = replace(parse_policy(EASIER), text=EASIER + "\n[news]\n")
    record = LogRecord(3, None, activation_record(later, "replay", AT))

    with pytest.raises(LogMismatch, match=r"can't read the log's policy .*news.*: upgrade first"):
        with_two_customers().partition.apply([record])


def test_a_row_of_a_later_version_of_the_service_stops_it() -> None:
    stored = dict(with_two_customers().partition.stored)
    stored[b"a"] = later_version(stored[b"a"])

    with pytest.raises(FutureRow, match="upgrade first"):
        Partition(0, stored)


def later_version(row: bytes) -> bytes:
    version = bytes([front.VERSION + 1])
    return version + struct.pack("<I", zlib.crc32(row[5:], front.VERSION + 1)) + row[5:]


FALLING = (
    builders.FRAME.replace("late_days = 60", "late_days = 1")
    .replace("refund_horizon_days = 30", "refund_horizon_days = 0")
    .replace("keep_days = 100", "keep_days = 1")
    + """
[[scheme]]
name = "m"
hold = { kind = "rolling" }

[[scheme.tier]]
name = "base"
"""
    + "".join(
        f"""
[[scheme.tier]]
name = "for-{days}-days"
entry = {{ measure = "spend_minor", window = "rolling {days}", at_least = 100 }}
"""
        for days in (10, 5, 3)
    )
)
HOLD = 'hold = { kind = "rolling" }'
LIMIT = "max_downgrades = { count = 2, days = 90 }"


@pytest.mark.parametrize("idle", ["", "max_downgrades = { count = 1, days = 1 }", "max_downgrades = { count = 2, days = 1 }"])
def test_a_limit_that_is_added_or_raised_counts_the_losses_before(idle: str) -> None:
    replay = Replay(FALLING.replace(HOLD, f"{HOLD}\n{idle}"))
    said = list(replay.feed(builders.order(0, 100, id="1")).announcements)
    said += replay.feed(builders.interaction(8, "app-open", id="2")).announcements

    said += replay.activate(FALLING.replace("version = 1", "version = 2").replace(HOLD, f"{HOLD}\n{LIMIT}"), AT)
    said += replay.tick(datetime(2024, 5, 1, tzinfo=UTC))

    dates = [(data["to_tier"], data["effective_on"]) for data in (json.loads(value)["data"] for value in said)]
    # On day 10 the third loss would be one too many, until 90 days after the first.
    assert dates[1:] == [("for-5-days", "2024-01-04"), ("for-10-days", "2024-01-06"), ("base", "2024-04-03")]
