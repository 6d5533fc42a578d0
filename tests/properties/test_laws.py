"""The laws that the product promises, on random histories, against the brute-force oracle."""

import json
from datetime import date, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from service import rows
from service.domain.calendar import date_of
from service.partition import Partition
from service.replay import Replay
from tests import builders
from tests.oracle import Oracle

DAYS = 55  # none later than late_days
History = list[bytes]


@st.composite
def histories(draw: st.DrawFn, days: int = DAYS) -> History:
    """Up to twenty-five events of one customer, in the order of their times."""
    events: list[tuple[int, bytes]] = []
    orders: list[tuple[str, int, int]] = []
    for number in range(draw(st.integers(1, 25))):
        day, id_ = draw(st.integers(0, days)), str(number)
        kind: str = draw(st.sampled_from(["order", "order", "order", "refund", "full", "app-open", "share"]))
        cents = draw(st.sampled_from([0, 40, 120, 300, 520, 900, 1600]))
        if kind == "order" or (kind == "full" and not orders):
            margin = draw(st.none() | st.integers(-200, 400))
            orders.append((id_, day, cents))
            events.append((day, builders.order(day, cents, id=id_, margin=margin, minute=number)))
        elif kind == "full":
            of, bought, paid = draw(st.sampled_from(orders))
            later = min(days, bought + draw(st.integers(0, 35)))
            events.append((later, builders.refund(later, paid, id=id_, of=of, minute=number)))
        elif kind == "refund":
            named = draw(st.sampled_from([None, *(each[0] for each in orders)]))
            events.append((day, builders.refund(day, max(cents, 1), id=id_, of=named, minute=number)))
        else:
            events.append((day, builders.interaction(day, kind, id=id_, minute=number)))
    return [value for _, value in sorted(events, key=lambda each: json.loads(each[1])["time"])]


def play(events: History, until: int | None = None) -> tuple[Replay, list[bytes]]:
    """Replay events to the end of a day; the announcements."""
    replay = Replay(builders.POLICY, None if until is None else (builders.FIRST + timedelta(days=until)).date())
    said = [announcement for value in events for announcement in replay.feed(value).announcements]
    return replay, [*said, *replay.finish()]


def names(replay: Replay) -> dict[str, Any]:
    """Tiers with since, and the segment, of the only customer."""
    [(_, profile)] = list(replay.profiles())
    assert profile.rfm is not None
    tiers = {scheme: (standing.tier, standing.since) for scheme, standing in profile.tiers.items()}
    return {**tiers, "segment": profile.rfm.segment}


def facts(replay: Replay) -> bytes:
    """The customer's profile without what tells the way there."""
    [(_, profile)] = list(replay.profiles())
    profile.sequence = profile.position = 0
    return msgspec.json.encode(profile)


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 90))
def test_the_standing_is_what_asking_every_day_finds(events: History, silent: int) -> None:
    replay, _ = play(events, DAYS + silent)

    assert names(replay) == Oracle([json.loads(value) for value in events]).standing(date_of(replay.last_day()))


@settings(max_examples=30, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_standing(events: History, random: Any) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)

    assert facts(play(shuffled, DAYS)[0]) == facts(play(events, DAYS)[0])


@settings(max_examples=20, deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_a_repeat_changes_nothing(events: History, random: Any) -> None:
    repeated = [each for at, value in enumerate(events) for each in (value, random.choice(events[: at + 1]))]

    once, twice = play(events), play(repeated)

    assert twice[1] == once[1]
    assert facts(twice[0]) == facts(once[0])


@settings(max_examples=20, deadline=None)
@given(histories(), st.integers(1, 1600), st.integers(0, DAYS), st.integers(0, 30))
def test_after_a_full_refund_the_order_never_was(events: History, cents: int, day: int, later: int) -> None:
    bought = builders.order(day, cents, id="undone", minute=700)
    undone = builders.refund(min(DAYS, day + later), cents, id="undone", of="undone", minute=701)
    nothing = builders.interaction(day, "of-no-effect", id="nothing", minute=700)

    with_refund = sorted([*events, bought, undone], key=lambda each: json.loads(each)["time"])
    without = sorted([*events, nothing], key=lambda each: json.loads(each)["time"])

    assert names(play(with_refund, DAYS + 40)[0]) == names(play(without, DAYS + 40)[0])


@settings(max_examples=20, deadline=None)
@given(histories())
def test_time_announces_exactly_what_asking_every_day_finds(events: History) -> None:
    _, said = play(events, DAYS + 80)

    for move in (json.loads(each)["data"] for each in said):
        if move["reason"] == "time" and move.get("scheme") == "membership":
            on = date.fromisoformat(move["effective_on"])
            oracle = Oracle([each for each in map(json.loads, events) if Oracle().day(each) < on])
            assert oracle.standing(on)["membership"] == (move["to_tier"], on)
            assert oracle.standing(on - timedelta(days=1))["membership"][0] == move["from_tier"]


@settings(max_examples=20, deadline=None)
@given(histories(days=300))
def test_the_anchor_moves_and_nothing_else_does(events: History) -> None:
    replay, _ = play(events, 300)
    moved = rows.decode("c-1", replay.partition.stored[b"c-1"], replay.policy)

    assert names(replay) == Oracle([json.loads(value) for value in events]).standing(date_of(replay.last_day()))
    row = rows.encode(moved, replay.policy)
    assert rows.encode(rows.decode("c-1", row, replay.policy), replay.policy) == row


@settings(max_examples=20, deadline=None)
@given(histories())
def test_sequence_counts_without_a_hole(events: History) -> None:
    _, said = play(events, DAYS + 60)

    assert [json.loads(each)["sequence"] for each in said] == list(range(1, len(said) + 1))


@settings(max_examples=30, deadline=None)
@given(histories(days=250), st.lists(st.integers(0, 58), min_size=25, max_size=25))
def test_late_events_and_a_restart_after_each_change_nothing(events: History, lateness: list[int]) -> None:
    def arrival(numbered: tuple[int, bytes]) -> date:
        return Oracle().day(json.loads(numbered[1])) + timedelta(days=lateness[numbered[0] % 25])

    late = [value for _, value in sorted(enumerate(events), key=arrival)]
    tight = builders.POLICY.replace("keep_days = 100", "keep_days = 90")  # the least that is allowed
    steady, restarted = Replay(tight), Replay(tight)

    for value in late:
        outcome = steady.feed(value)
        assert restarted.feed(value) == outcome
        restarted.partition = Partition(0, dict(restarted.partition.stored))
    last = [list(steady.finish()), list(restarted.finish())]

    assert last[0] == last[1]
    assert names(steady) == names(restarted)
    assert names(steady) == Oracle([json.loads(value) for value in events]).standing(date_of(steady.last_day()))
