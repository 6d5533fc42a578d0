"""The judge finds what is wrong: each kind of damage, done to a right result."""

from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import pytest

from service.domain.policy_file import parse_policy
from service.intake import Forward, intake
from service.replay import activation_record
from tests.chaos import came_out, kept, went_in
from tests.chaos.asked import ask
from tests.chaos.cells import POLICY
from tests.chaos.recount import Recount, Said
from tests.chaos.traffic import FIRST, Traffic
from tests.chaos.verdict import Verdict

KEY = b"c-0"


class Logged(NamedTuple):
    """A record of a partition."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    timestamp: int = 0


def log() -> list[Logged]:
    """A log of one partition."""
    values: list[tuple[bytes | None, bytes]] = [(None, activation_record(parse_policy(POLICY), log_id="log"))]
    for sending in Traffic(seconds=4, rate=100, customers=12, days=60).sendings(3):
        taken = intake(sending.value, (), now=FIRST.replace(year=2026), currency="USD")
        if isinstance(taken, Forward):
            values.append((taken.customer_id.encode(), taken.value))
    return [Logged(0, offset, key, value) for offset, (key, value) in enumerate(values)]


LOG = log()
RIGHT = Recount(LOG, "events")


def found(verdict: Verdict) -> set[str]:
    """What kinds of fault."""
    return set(verdict.wrong)


def out(change: Callable[[list[bytes]], Any]) -> set[str]:
    """What is found when a customer's tier changes are changed."""
    said: Said = defaultdict(lambda: defaultdict(list), deepcopy({topic: dict(by) for topic, by in RIGHT.said.items()}))
    change(said["tier-changes"][KEY])
    verdict = Verdict()
    came_out.compare_announcements(RIGHT.said, defaultdict(dict, said), verdict)
    return found(verdict)


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert out(lambda values: None) == set()
    assert len(RIGHT.said["tier-changes"][KEY]) > 3


def test_announcements_lost_doubled_altered_and_out_of_order_are_found() -> None:
    assert out(lambda values: values.pop(1)) == {"an announcement is lost", "a sequence has a hole"}
    assert out(lambda values: values.append(values[0])) == {"an announcement is doubled", "a sequence has a hole"}
    assert out(lambda values: values.insert(0, values.pop().replace(b"chaos@1", b"chaos@2"))) == {"an announcement is altered"}
    assert out(lambda values: values.reverse()) == {"announcements are out of order"}


class Seen(NamedTuple):
    """An announcement as a reader sees it."""

    topic: str
    key: bytes
    value: bytes
    offset: int = 0


def test_a_repeat_must_be_identical() -> None:
    right, verdict = [Seen("t", KEY, b"1"), Seen("t", KEY, b"2")], Verdict()
    came_out.compare_repeats(right, [right[0], *right], verdict)
    assert found(verdict) == set()

    came_out.compare_repeats(right, [*right, Seen("t", KEY, b"1 ")], verdict)
    assert found(verdict) == {"a repeat differs (uncommitted)"}


def rows_and_profiles() -> tuple[dict[bytes, bytes], dict[str, Any]]:
    """What a right service keeps."""
    partition = RIGHT.partitions[0]
    profiles = {
        customer.id: customer.profile(partition.policies.current, partition.next - 1)
        for customer in partition.state.customers.in_order()
    }
    return dict(partition.stored), profiles


def test_wrong_rows_and_profiles_are_found() -> None:
    rows, profiles = rows_and_profiles()
    verdict = Verdict()
    kept.compare_rows(RIGHT, {0: rows}, profiles, verdict)
    kept.compare_redis(profiles, profiles, verdict)
    assert found(verdict) == set()

    kept.compare_redis(profiles | {KEY.decode(): profiles["c-1"]}, profiles, verdict)
    assert found(verdict) == {"Redis shows a wrong profile"}

    kept.compare_rows(RIGHT, {0: rows | {KEY: rows[b"c-1"]}}, profiles, verdict)
    assert {"a row is wrong", "a row is wrong in what it will say", "a published profile is wrong"} <= found(verdict)

    verdict, earlier = Verdict(), Recount(LOG[: len(LOG) // 2], "events").partitions[0].stored
    kept.compare_rows(RIGHT, {0: earlier}, profiles, verdict)
    assert "a partition is not at rest" in found(verdict)


def test_events_lost_or_made_up_and_wrong_dead_letters_are_found() -> None:
    verdict = Verdict()
    went_in.compare_log({(0, b"a"), (0, b"b")}, [(0, b"a"), (0, b"a"), (0, b"b")], verdict)
    assert found(verdict) == set()
    went_in.compare_log({(0, b"a"), (0, b"b")}, [(0, b"a"), (1, b"b")], verdict)
    assert found(verdict) == {"accepted but not in the log", "in the log but never accepted"}

    verdict = Verdict()
    letter = (b"key", b"value", "too-large")
    went_in.compare_letters({1: "too-large", 2: "too-large", 3: "too-large"}, {1: {letter}, 2: {letter}, 3: {letter}}, verdict)
    assert found(verdict) == set()
    altered = {letter, (b"key", b"other", "too-large")}
    went_in.compare_letters({1: "too-large", 2: "too-large", 3: "envelope"}, {0: {letter}, 2: altered, 3: {letter}}, verdict)
    assert verdict.wrong == {
        "a dead letter of intake is lost": 1,
        "a dead letter of intake should not exist": 1,
        "a dead letter of intake is altered": 2,
    }


@pytest.mark.parametrize("wrong", [False, True])
def test_customers_asked_every_day(wrong: bool) -> None:
    recount, verdict = Recount(LOG, "events"), Verdict()
    if wrong:
        for by_customer in recount.said.values():
            for values in by_customer.values():
                values[:] = [value.replace(b'"gold"', b'"silver"') for value in values]

    ask(POLICY, LOG, recount, verdict, 4)

    assert found(verdict) == ({"the oracle says something else"} if wrong else set())
