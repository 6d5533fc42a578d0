"""A change of rules: which are refused, and what of a standing goes on under the others."""

from dataclasses import replace
from math import exp
from typing import Any

import pytest
from msgspec import structs

from service.domain import policy_change
from service.domain.churn import NO_LEVEL, ChurnState
from service.domain.lifecycle import LifecycleState
from service.domain.policy import ChurnRules, Group, Measure, Policy, RfmRules, RollingHold, Scheme, TermHold, Tier
from service.domain.rfm import Scores, SegmentState
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.windows import Calendar, Rolling
from tests.domain.histories import History
from tests.domain.lives import Life

POLICY = Life().policy
ROLLING = Scheme("m", (Tier("base"), Tier("silver"), Tier("gold")), RollingHold())
TERM = replace(ROLLING, hold=TermHold(days=30))
ONCE = ChurnState(2, 5.0, 90)


def with_schemes(*schemes: Scheme) -> Policy:
    return replace(POLICY, schemes=schemes)


def asking_for(*windows: Rolling | Calendar) -> Policy:
    entry = Group(1, tuple(Measure("orders", window, 1) for window in windows))
    return with_schemes(replace(ROLLING, tiers=(Tier("base"), Tier("silver", entry))))


def test_rules_may_follow_rules_of_the_same_frame_and_windows() -> None:
    assert policy_change.refusal(POLICY, replace(POLICY, version=4, churn=None)) is None


def test_another_frame_is_refused() -> None:
    other = replace(POLICY, frame=replace(POLICY.frame, late_days=61))

    assert policy_change.refusal(POLICY, other) == "its [frame] is another one"


def test_a_window_longer_than_the_ledgers_is_refused() -> None:
    refusal = policy_change.refusal(asking_for(Rolling(200)), asking_for(Rolling(201), Calendar("month")))

    assert refusal == "its longest window, rolling 201, is of 201 days, and the ledgers keep 200"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Rolling(1), Calendar("month")),
        (Rolling(90), Calendar("quarter")),
        (Rolling(365), Calendar("year")),
        (Rolling(365), Rolling(366)),
        (Calendar("year"), Rolling(365)),
    ],
)
def test_a_window_of_days_that_the_ledgers_keep_is_taken_up(before: Rolling | Calendar, after: Rolling | Calendar) -> None:
    assert policy_change.refusal(asking_for(before), asking_for(after)) is None


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (Rolling(364), Calendar("year"), "calendar year, is of 366 days, and the ledgers keep 364"),
        (Calendar("quarter"), Rolling(93), "rolling 93, is of 93 days, and the ledgers keep 92"),
        (Rolling(366), Rolling(367), "rolling 367, is of 367 days, and the ledgers keep 366"),
    ],
)
def test_a_window_of_other_days_is_refused(before: Rolling | Calendar, after: Rolling | Calendar, why: str) -> None:
    assert policy_change.refusal(asking_for(before), asking_for(after)) == f"its longest window, {why}"


def test_windows_of_scores_and_of_unhappiness_are_windows_too() -> None:
    days, scores = replace(ChurnRules(), unhappy_days=500), RfmRules(400, (), (), ())

    assert policy_change.refusal(POLICY, replace(POLICY, churn=days)) == (
        "its longest window, churn.unhappy_days, is of 500 days, and the ledgers keep 92"
    )
    assert policy_change.refusal(POLICY, replace(POLICY, rfm=scores)) == (
        "its longest window, rfm.window_days, is of 400 days, and the ledgers keep 92"
    )


def test_a_window_as_long_as_or_shorter_than_the_ledgers_is_not() -> None:
    assert policy_change.refusal(asking_for(Rolling(200)), asking_for(Rolling(200))) is None
    assert policy_change.refusal(asking_for(Calendar("year")), asking_for(Rolling(366))) is None


def tier_after(before: Scheme, state: TierState, after: Scheme) -> TierState:
    """What a tier becomes at an anchor of day 100."""
    anchor = State(100, (state,), SegmentState(), LifecycleState(), ChurnState())
    (found,) = policy_change.carried(anchor, History().facts, with_schemes(before), with_schemes(after)).tiers
    return found


def test_a_tier_goes_on_with_all_that_it_carries() -> None:
    state = TierState(2, 40, failed=3, losses=(7, 20))

    assert tier_after(ROLLING, state, ROLLING) == state


def test_a_term_goes_on() -> None:
    state = TierState(2, 40, held_until=120, term_from=41, losses=(7,))

    assert tier_after(TERM, state, replace(TERM, hold=TermHold(months=2))) == state


def test_a_tier_goes_by_its_name() -> None:
    renamed = replace(ROLLING, tiers=(Tier("base"), Tier("gold"), Tier("silver")))

    assert tier_after(ROLLING, TierState(2, 40, failed=1), renamed) == TierState(1, 40, failed=1)


def test_a_tier_that_is_gone_starts_at_the_base_at_the_anchor() -> None:
    assert tier_after(ROLLING, TierState(2, 40, losses=(7,)), replace(ROLLING, tiers=ROLLING.tiers[:2])) == TierState(0, 100)


def test_a_scheme_that_is_new_starts_at_the_base_at_the_anchor() -> None:
    assert tier_after(ROLLING, TierState(2, 40), replace(ROLLING, name="n")) == TierState(0, 100)


@pytest.mark.parametrize(("before", "after"), [(ROLLING, TERM), (TERM, ROLLING)])
def test_a_scheme_that_is_held_otherwise_starts_at_the_base_at_the_anchor(before: Scheme, after: Scheme) -> None:
    assert tier_after(before, TierState(2, 40), after) == TierState(0, 100)


def test_a_tier_that_is_the_base_now_has_no_term_and_no_failed_checks() -> None:
    lower = replace(TERM, tiers=TERM.tiers[2:])

    assert tier_after(TERM, TierState(2, 40, 3, 120, 41, (7,)), lower) == TierState(0, 40, losses=(7,))


def test_a_base_that_is_none_any_more_has_a_term_from_the_anchor_on() -> None:
    higher = replace(TERM, tiers=(Tier("guest"), *TERM.tiers))

    assert tier_after(TERM, TierState(0, 40), higher) == TierState(1, 40, held_until=129, term_from=100)


def test_a_rolling_base_that_is_none_any_more_has_no_term() -> None:
    higher = replace(ROLLING, tiers=(Tier("guest"), *ROLLING.tiers))

    assert tier_after(ROLLING, TierState(0, 40), higher) == TierState(1, 40)


def test_each_scheme_finds_its_own_state() -> None:
    other = replace(ROLLING, name="n")
    anchor = State(100, (TierState(1, 40), TierState(2, 50)), SegmentState(), LifecycleState(), ChurnState())

    found = policy_change.carried(anchor, History().facts, with_schemes(ROLLING, other), with_schemes(other, ROLLING))

    assert found.tiers == (TierState(2, 50), TierState(1, 40))


ANCHOR = State(100, (), SegmentState("champions", 2, Scores(5, 4, 3)), LifecycleState("loyal", 30, loyal=True), ONCE)


def after(**changes: Any) -> State:
    before = with_schemes()
    return policy_change.carried(ANCHOR, History().orders(80, 90).facts, before, replace(before, **changes))


def test_segment_stage_and_risk_go_on_under_the_same_rules() -> None:
    assert after(version=4) == ANCHOR


def test_rules_that_are_gone_leave_nothing() -> None:
    assert after(rfm=None).segment == SegmentState()
    assert after(lifecycle=None).lifecycle == LifecycleState()
    assert after(churn=None).churn == ChurnState()


def test_rules_that_are_gone_leave_the_others() -> None:
    assert after(rfm=None) == structs.replace(ANCHOR, segment=SegmentState())


def test_the_discounted_count_goes_on_with_the_same_memory() -> None:
    assert after(churn=ChurnRules(omega=0.5)).churn == ONCE


def test_another_memory_counts_the_days_that_are_kept_anew_and_the_level_goes_on() -> None:
    found = after(churn=ChurnRules(tau_days=10.0)).churn

    assert (found.level, found.last) == (2, 90)
    assert found.weight == pytest.approx(1 + exp(-1))


def test_rules_of_risk_that_are_new_count_the_days_up_to_the_anchor() -> None:
    anchor = structs.replace(ANCHOR, churn=ChurnState())
    before = replace(with_schemes(), churn=None)

    found = policy_change.carried(anchor, History().orders(90, 100, 101).facts, before, with_schemes()).churn

    assert (found.level, found.last) == (NO_LEVEL, 100)
    assert found.weight == pytest.approx(1 + exp(-10 / 45))
