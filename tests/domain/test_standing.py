"""A standing: every rule is asked at each moment, days on which nothing can change are jumped over."""

from dataclasses import replace

import pytest
from msgspec import structs

from service.domain import churn, lifecycle, rfm, standing, tier_outlook, tiers
from service.domain.calendar import NEVER
from service.domain.churn import ChurnState
from service.domain.lifecycle import LifecycleState
from service.domain.policy import Group, Measure, Policy
from service.domain.rfm import Scores, SegmentState
from service.domain.standing import closing_view
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.windows import Rolling
from tests.domain.histories import History
from tests.domain.lives import Life

POLICY = Life().policy
BARE = replace(POLICY, schemes=(), rfm=None, lifecycle=None, churn=None)
SOME = State(
    20, (TierState(1, 9), TierState(0, 3)), SegmentState("champions", 1), LifecycleState("new", 9), ChurnState(0, 1.0, 9)
)
"""A standing of somebody who bought once, on day 9."""
ONCE = History().order(9, 900)


def walked(history: History, until: int, policy: Policy = POLICY) -> State:
    """The opening of a day, from before the enrolment on, every day asked."""
    state = standing.before_enrolment(history.facts, policy)
    for day in range(history.facts.enrolled_on, until):
        opened = standing.opening(state, day, history.facts, policy)
        state = standing.closing(opened, closing_view(day, history.facts, policy), policy)
    return standing.opening(state, until, history.facts, policy)


def test_before_enrolment_every_scheme_is_at_its_base_since_the_first_day() -> None:
    found = standing.before_enrolment(History(enrolled_on=7).facts, POLICY)

    assert found == State(6, (TierState(0, 7), TierState(0, 7)), SegmentState(), LifecycleState(), ChurnState())


def test_an_opening_asks_every_rule_without_what_is_known_of_the_day() -> None:
    history = History().order(9, 900).order(30, 900)
    view = history.opening(30)
    assert POLICY.rfm is not None
    assert POLICY.lifecycle is not None
    assert POLICY.churn is not None

    found = standing.opening(SOME, 30, history.facts, POLICY)

    assert found.day == 30
    assert found.tiers == tuple(
        tiers.opening(state, view, scheme, 20) for state, scheme in zip(SOME.tiers, POLICY.schemes, strict=True)
    )
    assert found.segment == rfm.opening(SOME.segment, view, POLICY.rfm, 9)
    assert found.lifecycle == lifecycle.opening(SOME.lifecycle, view, POLICY.lifecycle)
    assert found.churn == churn.opening(SOME.churn, view, POLICY.churn)


def test_the_days_that_were_jumped_over_have_settled_the_segment_too() -> None:
    segment = SegmentState("champions", 2, Scores(1, 1, 1))

    # settle_days is 5: 2 before, the jumped day 21, and this opening
    assert standing.opening(structs.replace(SOME, segment=segment), 22, ONCE.facts, POLICY).segment.differed == 4


def test_a_closing_asks_every_rule_with_what_is_known_of_the_day() -> None:
    view = History().order(9, 900).order(20, 900).view(20)
    assert POLICY.rfm is not None
    assert POLICY.lifecycle is not None
    assert POLICY.churn is not None

    found = standing.closing(SOME, view, POLICY)

    assert found.day == 20
    assert found.tiers == tuple(
        tiers.closing(state, view, scheme) for state, scheme in zip(SOME.tiers, POLICY.schemes, strict=True)
    )
    assert found.segment == rfm.closing(SOME.segment, view, POLICY.rfm)
    assert found.lifecycle == lifecycle.closing(SOME.lifecycle, view, POLICY.lifecycle)
    assert found.churn == churn.closing(SOME.churn, view, POLICY.churn)
    assert found.churn.last == 20


@pytest.mark.parametrize(
    ("without", "state"),
    [
        (replace(POLICY, rfm=None), "segment"),
        (replace(POLICY, lifecycle=None), "lifecycle"),
        (replace(POLICY, churn=None), "churn"),
    ],
)
def test_a_rule_that_is_not_there_leaves_its_state(without: Policy, state: str) -> None:
    history = History().order(9, 900).order(60, 900)

    opened = standing.opening(SOME, 60, history.facts, without)
    closed = standing.closing(opened, history.view(60), without)

    assert getattr(opened, state) == getattr(closed, state) == getattr(SOME, state)


def test_the_measures_of_a_closing_end_with_the_day_and_weigh_interactions() -> None:
    view = closing_view(9, History().interaction(9).interaction(10).facts, POLICY)

    assert (view.day, view.known, view.weights) == (9, 9, {"app-open": 1})


def test_nothing_is_due_without_rules() -> None:
    closed = standing.before_enrolment(ONCE.facts, BARE)

    assert standing.outlook(closed, ONCE.view(9), BARE) == (NEVER, NEVER)
    assert standing.next_notice(closed, ONCE.view(9), BARE) == NEVER


def test_tiers_scores_and_loyalty_are_steady_until_the_first_of_them_changes() -> None:
    assert POLICY.rfm is not None
    assert POLICY.lifecycle is not None
    order = Group(1, (Measure("orders", Rolling(5), 1),))
    policy = replace(POLICY, lifecycle=replace(POLICY.lifecycle, loyal_entry=order, loyal_keep=order))
    assert policy.rfm is not None
    assert policy.lifecycle is not None
    view = ONCE.view(9)
    closed = standing.closing(
        standing.opening(standing.before_enrolment(ONCE.facts, policy), 9, ONCE.facts, policy), view, policy
    )

    days = [tiers.next_change(state, view, scheme) for state, scheme in zip(closed.tiers, policy.schemes, strict=True)]
    days.append(rfm.next_change(closed.segment, view, policy.rfm))
    loyalty = lifecycle.loyalty_changes_on(closed.lifecycle, view, policy.lifecycle)

    assert loyalty < min(days)
    assert standing.outlook(closed, view, policy).steady_until == loyalty
    assert standing.outlook(closed, view, replace(policy, lifecycle=None)).steady_until == min(days)


def test_a_silence_is_looked_at_when_the_first_rule_may_change_its_mind() -> None:
    view = ONCE.view(9)
    assert POLICY.rfm is not None
    assert POLICY.lifecycle is not None
    assert POLICY.churn is not None
    closed = standing.closing(
        standing.opening(standing.before_enrolment(ONCE.facts, POLICY), 9, ONCE.facts, POLICY), view, POLICY
    )

    recency = rfm.recency_falls_on(view, POLICY.rfm)
    stage = lifecycle.silence_changes_on(closed.lifecycle, view, POLICY.lifecycle)
    risk = churn.next_change(closed.churn, view, POLICY.churn)

    assert standing.silence_changes_on(closed, view, replace(POLICY, lifecycle=None, churn=None)) == recency
    assert standing.silence_changes_on(closed, view, replace(POLICY, rfm=None, churn=None)) == stage
    assert standing.silence_changes_on(closed, view, replace(POLICY, rfm=None, lifecycle=None)) == risk
    assert standing.silence_changes_on(closed, view, POLICY) == min(recency, stage, risk)
    assert standing.outlook(closed, view, POLICY).changes_on == min(recency, stage, risk)


def test_a_notice_is_that_of_the_first_scheme_that_gives_any() -> None:
    closed = structs.replace(SOME, tiers=(TierState(1, 9), TierState(1, 9, held_until=34, term_from=10)))
    view = History().order(9, 400).view(20)
    told = replace(POLICY, schemes=tuple(replace(scheme, notice_days=4) for scheme in POLICY.schemes))

    days = [tier_outlook.next_notice(state, view, scheme) for state, scheme in zip(closed.tiers, told.schemes, strict=True)]

    assert days == [25, 31]
    assert standing.next_notice(closed, view, told) == 25
    assert standing.next_notice(closed, view, POLICY) == 25
    only_club = (replace(told.schemes[0], notice_days=None), told.schemes[1])
    assert standing.next_notice(closed, view, replace(told, schemes=only_club)) == 31


LIFE = History().orders(3, 9, 10, 40, cents=450).interaction(12).refund(44, 100).rating(50, 1).complaint(60, "x").order(170, 900)


@pytest.mark.parametrize("until", [4, 11, 26, 41, 70, 120, 171, 300])
def test_a_walk_finds_what_every_day_would(until: int) -> None:
    found = standing.walk(standing.before_enrolment(LIFE.facts, POLICY), until, LIFE.facts, POLICY, [])
    every = walked(LIFE, until)

    assert (found.day, found.tiers[1], found.lifecycle, found.churn) == (until, every.tiers[1], every.lifecycle, every.churn)
    assert (found.tiers[0], found.segment) == (every.tiers[0], every.segment)


def test_a_walk_leaves_a_trail_of_closings_from_its_start_on() -> None:
    trail: list[State] = []
    start = standing.before_enrolment(LIFE.facts, POLICY)

    standing.walk(start, 12, LIFE.facts, POLICY, trail)

    assert trail[0] == start
    days = [each.day for each in trail]
    assert days == sorted(set(days))
    assert {3, 9, 10} <= set(days)
    for closed in trail[1:]:
        assert closed == standing.closing(walked(LIFE, closed.day), LIFE.view(closed.day), POLICY)


def test_a_walk_stops_at_its_end_though_a_day_of_facts_comes_later() -> None:
    trail: list[State] = []

    opened = standing.walk(standing.before_enrolment(LIFE.facts, POLICY), 9, LIFE.facts, POLICY, trail)

    assert opened.day == 9
    assert trail[-1].day < 9


def test_from_a_closing_under_other_rules_the_next_day_is_walked_whatever_is_due() -> None:
    start = structs.replace(standing.before_enrolment(ONCE.facts, BARE), day=9)
    settled: list[State] = []
    unsettled: list[State] = []

    standing.walk(start, 15, ONCE.facts, BARE, settled)
    standing.walk(start, 15, ONCE.facts, BARE, unsettled, settled=False)

    assert [each.day for each in settled] == [9]
    assert [each.day for each in unsettled] == [10]  # its start is no closing of these rules
