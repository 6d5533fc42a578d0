"""The short way of an order: what it finds is what the derivation in full would find, or nothing."""

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from service.domain import calm as calms
from service.domain import churn, churn_model, standing
from service.domain.calm import Calm
from service.domain.facts import Facts
from service.domain.headroom import PLENTY, Headroom
from service.domain.lifecycle import LifecycleState
from service.domain.policy import Policy
from service.domain.rfm import Scores
from service.domain.standing import closing_view
from service.domain.state import State
from service.domain.windows import Rolling
from tests.domain.histories import History
from tests.domain.lives import Life

POLICY = Life().policy
"""Recency falls from 5 after 2 days; dormant after at least 5 days, churned after at least 20, won back for 90."""
assert POLICY.lifecycle is not None
assert POLICY.churn is not None
LIFECYCLE, CHURN = POLICY.lifecycle, POLICY.churn
STAGE_ONLY = replace(POLICY, rfm=None, churn=None)
RISK_ONLY = replace(POLICY, rfm=None, lifecycle=None)
ROOM = Headroom(PLENTY, PLENTY, PLENTY, PLENTY, until=500)
DAYS = (10, 13, 16, 19, 22)
"""A purchase every three days; the last is the order that is asked about."""


def bought(opened: State, before: State, room: Headroom, facts: Facts, policy: Policy) -> Calm | None:
    """The closing after an order, by the facts."""
    return calms.bought(opened, before, room, calms.purchase_days(facts, opened.day), policy)


def opened_on(day: int, history: History, policy: Policy) -> State:
    """The opening of a day, after the orders before it."""
    before = standing.before_enrolment(history.facts, policy)
    return standing.walk(before, day, history.facts, policy, [])


def found(
    *days: int, policy: Policy = POLICY, room: Headroom = ROOM, history: History | None = None, **before: Any
) -> Calm | None:
    """What the short way says of the order of the last day; `before`: parts of the last look that are others."""
    history = (history or History(enrolled_on=days[0])).orders(*days[:-1])
    opened = opened_on(days[-1], history, policy)
    history.order(days[-1])
    return bought(opened, structs.replace(opened, **before), room, history.facts, policy)


@pytest.mark.parametrize("policy", [POLICY, STAGE_ONLY, RISK_ONLY, replace(STAGE_ONLY, lifecycle=None)])
def test_an_order_in_the_usual_rhythm_leaves_the_closing_of_a_derivation_in_full(policy: Policy) -> None:
    history = History(enrolled_on=10).orders(*DAYS[:-1], cents=50)
    opened = opened_on(22, history, policy)
    history.order(22, 50)

    calm = bought(opened, opened, ROOM, history.facts, policy)

    assert calm is not None
    full = standing.closing(opened, closing_view(22, history.facts, policy), policy)
    assert calm.closed == structs.replace(full, segment=opened.segment)
    assert calm.due <= standing.outlook(full, closing_view(22, history.facts, policy), policy).changes_on


def test_a_second_order_of_the_day_counts_the_day_once() -> None:
    history = History(enrolled_on=10).orders(*DAYS[:-1])
    opened = opened_on(22, history, POLICY)
    once = bought(opened, opened, ROOM, history.order(22).facts, POLICY)
    assert once is not None

    twice = bought(opened, once.closed, ROOM, history.order(22).facts, POLICY)

    assert twice == once


def test_a_second_order_on_the_day_of_a_return_leaves_the_level_as_low_as_the_first_made_it() -> None:
    policy = replace(RISK_ONLY, churn=replace(CHURN, margin=0.05))
    history = History(enrolled_on=10).orders(10, 13, 16)
    opened = opened_on(80, history, policy)
    closed = standing.closing(opened, closing_view(80, history.order(80).facts, policy), policy)
    assert opened.churn.level > closed.churn.level

    calm = bought(opened, closed, ROOM, history.order(80).facts, policy)

    assert calm is not None
    assert calm.closed == closed
    assert calm.due <= standing.outlook(closed, closing_view(80, history.facts, policy), policy).changes_on


def test_the_first_purchase_day_is_derived_in_full() -> None:
    assert found(10, policy=replace(STAGE_ONLY, lifecycle=None)) is None


def test_two_purchase_days_are_enough() -> None:
    assert found(10, 13, policy=replace(STAGE_ONLY, lifecycle=None)) is not None


def test_an_order_that_counts_for_nothing_is_derived_in_full() -> None:
    history = History(enrolled_on=10).orders(*DAYS)
    opened = opened_on(24, history, POLICY)

    assert bought(opened, opened, ROOM, history.facts, POLICY) is None


def test_it_is_due_when_time_may_change_a_name() -> None:
    calm = found(*DAYS, policy=replace(STAGE_ONLY, lifecycle=None), room=structs.replace(ROOM, until=31))

    assert calm is not None
    assert calm.due == 31


def test_it_is_due_when_the_recency_falls() -> None:
    calm = found(*DAYS, policy=replace(POLICY, lifecycle=None, churn=None))

    assert calm is not None
    assert calm.due == 22 + 2 + 1


def test_it_is_due_when_the_nimblest_customer_would_be_dormant() -> None:
    calm = found(*DAYS, policy=STAGE_ONLY)

    assert calm is not None
    assert calm.due == 22 + 5


def test_it_is_due_no_later_than_time_says_whatever_the_rules_say() -> None:
    for policy in (POLICY, STAGE_ONLY, RISK_ONLY):
        calm = found(*DAYS, policy=policy, room=structs.replace(ROOM, until=23))
        assert calm is not None
        assert calm.due == 23


def stage(name: str, *, loyal: bool = False, returned_on: int = -(1 << 30)) -> LifecycleState:
    return LifecycleState(name, 10, loyal, returned_on)


@pytest.mark.parametrize(
    ("state", "calm"),
    [
        (stage("repeat"), True),
        (stage("loyal", loyal=True), True),
        (stage("repeat", loyal=True), False),
        (stage("loyal"), False),
        (stage("new"), False),
        (stage("dormant"), False),
        (stage("churned"), False),
        (stage("won-back", returned_on=15), True),
        (stage("won-back"), False),
        (stage("repeat", returned_on=15), False),
        (stage("dormant", returned_on=15), False),
    ],
)
def test_a_stage_that_an_order_would_not_change(state: LifecycleState, calm: bool) -> None:
    assert (found(*DAYS, policy=STAGE_ONLY, lifecycle=state) is not None) == calm


def lasting(days: int) -> Policy:
    return replace(STAGE_ONLY, lifecycle=replace(LIFECYCLE, won_back_days=days))


def test_won_back_lasts_for_its_days() -> None:
    state = stage("won-back", returned_on=16)

    assert found(*DAYS, policy=lasting(7), lifecycle=state) is not None  # 22 is the last of seven days
    assert found(*DAYS, policy=lasting(6), lifecycle=state) is None
    assert found(*DAYS, policy=lasting(6), lifecycle=stage("repeat", returned_on=16)) is not None


@pytest.mark.parametrize(("days", "due"), [(7, 23), (10, 26), (11, 27), (12, 27), (6, 27)])
def test_it_is_due_when_won_back_ends_or_she_may_be_dormant(days: int, due: int) -> None:
    name = "won-back" if days > 6 else "repeat"
    calm = found(*DAYS, policy=lasting(days), lifecycle=stage(name, returned_on=16))

    assert calm is not None
    assert calm.due == due


def test_a_gap_that_may_have_ended_a_run_is_derived_in_full() -> None:
    """`churned` needs at least 20 days."""
    assert found(10, 13, 16, 35, policy=STAGE_ONLY, lifecycle=stage("repeat")) is not None
    assert found(10, 13, 16, 36, policy=STAGE_ONLY, lifecycle=stage("repeat")) is None


def test_another_level_of_risk_is_derived_in_full() -> None:
    calm = found(*DAYS, policy=RISK_ONLY)
    assert calm is not None

    assert found(*DAYS, policy=RISK_ONLY, churn=structs.replace(calm.closed.churn, level=calm.closed.churn.level + 1)) is None


def test_the_risk_counts_the_day() -> None:
    history = History(enrolled_on=10).orders(*DAYS[:-1])
    opened = opened_on(22, history, RISK_ONLY)
    history.order(22)

    calm = bought(opened, opened, ROOM, history.facts, RISK_ONLY)

    assert calm is not None
    assert calm.closed.churn == churn.counted(opened.churn, 22, CHURN)


def rises_on(policy: Policy = RISK_ONLY) -> int:
    """The first day on which the level by p alone rises, found day by day."""
    assert policy.churn is not None
    calm = found(*DAYS, policy=policy)
    assert calm is not None
    state = calm.closed.churn
    return next(day for day in range(23, 999) if churn.level(state, 10, day, policy.churn) > state.level)


def test_a_silence_that_does_not_raise_the_risk_is_no_reason_to_look_again() -> None:
    last_quiet = rises_on() - 22 - 1

    calm = found(*DAYS, policy=RISK_ONLY, room=structs.replace(ROOM, until=22 + last_quiet + 1))

    assert calm is not None
    assert calm.due == 22 + last_quiet + 1


def test_a_silence_that_raises_the_risk_is_halved_until_it_does_not() -> None:
    too_long = rises_on() - 22

    calm = found(*DAYS, policy=RISK_ONLY, room=structs.replace(ROOM, until=22 + too_long + 1))

    assert calm is not None
    assert calm.due == 22 + too_long // 2 + 1


def test_nothing_is_looked_for_beyond_the_far_future() -> None:
    calm = found(*DAYS, policy=replace(RISK_ONLY, churn=replace(CHURN, thresholds={"medium": 1.1, "high": 1.2, "critical": 1.3})))

    assert calm is not None
    assert calm.due == 22 + churn.FAR + 1


def test_a_risk_that_rises_tomorrow_is_due_tomorrow() -> None:
    history = History(enrolled_on=10).orders(*DAYS[:-1])
    opened = opened_on(22, history, RISK_ONLY)
    opened = structs.replace(opened, churn=structs.replace(opened.churn, level=0))
    after = churn.counted(opened.churn, 22, CHURN)
    tomorrow = churn_model.p_no_order(CHURN, after.weight, 10, 22, 23)
    soon = replace(RISK_ONLY, churn=replace(CHURN, thresholds={"medium": tomorrow, "high": 0.99, "critical": 0.999}))

    calm = bought(opened, opened, ROOM, history.order(22).facts, soon)

    assert calm is not None
    assert calm.due == 23


def test_above_the_highest_level_no_silence_matters() -> None:
    certain = replace(RISK_ONLY, churn=replace(CHURN, thresholds={"medium": 0.0, "high": 0.0, "critical": 0.0}))

    calm = found(*DAYS, policy=certain, room=structs.replace(ROOM, until=60))

    assert calm is not None
    assert calm.due == 60


def test_the_headroom_that_is_left_is_handed_on() -> None:
    room = Headroom(3, 4, 500, 6, until=400)

    calm = found(*DAYS, room=room)

    assert calm is not None
    assert calm.headroom == room


def test_tiers_and_segment_are_those_of_the_last_look_at_the_day() -> None:
    history = History(enrolled_on=10).orders(*DAYS[:-1])
    opened = opened_on(22, history, POLICY)
    looked = structs.replace(
        opened, tiers=(opened.tiers[0]._replace(since=22), opened.tiers[1]), segment=structs.replace(opened.segment, segment="x")
    )

    calm = bought(opened, looked, ROOM, history.order(22).facts, POLICY)

    assert calm is not None
    assert (calm.closed.day, calm.closed.tiers, calm.closed.segment) == (22, looked.tiers, looked.segment)


def test_a_calm_opening_changes_the_day_and_the_scores() -> None:
    closed = opened_on(22, History(enrolled_on=10).orders(*DAYS[:-1]), POLICY)
    scores = Scores(5, 4, 3)

    found = calms.opening(closed, 25, structs.replace(ROOM, scores=scores))

    assert found == structs.replace(closed, day=25, segment=structs.replace(closed.segment, opening=scores))


def day_of(history: History, room: Headroom | None) -> tuple[State, Calm | None]:
    """Day 22 after the usual orders, and what the short way says of it."""
    opened = opened_on(22, history, STAGE_ONLY)
    return opened, calms.day_of(opened, Calm(opened, 300, room), history.facts, STAGE_ONLY)


def before_22() -> History:
    return History(enrolled_on=10).orders(*DAYS[:-1])


def test_a_day_of_orders_takes_all_of_them_from_the_headroom() -> None:
    _, calm = day_of(before_22().order(22, 30).order(22, 40), ROOM)

    assert calm is not None
    room = calm.headroom
    assert room is not None
    assert (room.orders, room.purchase_days, room.spend_minor) == (PLENTY - 2, PLENTY - 1, PLENTY - 70)
    assert calm.due == 22 + 5


def test_a_day_without_orders_leaves_what_it_was_and_when_it_is_due() -> None:
    opened, calm = day_of(before_22().interaction(22).interaction(22), ROOM)

    assert calm == Calm(opened, 300, structs.replace(ROOM, engagement=PLENTY - 2))


def test_a_day_that_takes_too_much_is_derived_in_full() -> None:
    assert day_of(before_22().order(22, 30), structs.replace(ROOM, spend_minor=31))[1] is not None
    assert day_of(before_22().order(22, 500), structs.replace(ROOM, spend_minor=500))[1] is None  # silver asks for 500


def test_a_day_that_takes_all_that_was_left_is_measured_anew() -> None:
    history = before_22().order(22, 30)

    _, calm = day_of(history, structs.replace(ROOM, spend_minor=30))

    assert calm is not None
    assert calm.headroom is not None
    assert calm.headroom.spend_minor == 500 - history.view(22).value("spend_minor", Rolling(30))


def test_without_headroom_a_day_is_derived_in_full() -> None:
    assert day_of(before_22().order(22, 30), None)[1] is None
