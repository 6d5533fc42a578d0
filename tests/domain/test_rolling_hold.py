"""Hold `rolling`: checks, grace, losing, the next failing check."""

from dataclasses import replace
from datetime import date

import pytest

from service.domain import rolling_hold, tiers
from service.domain.calendar import NEVER, day_number
from service.domain.policy import Group, MaxDowngrades, Measure, RollingHold, Scheme, Tier
from service.domain.tier_state import TierState
from service.domain.windows import Rolling
from tests.domain.histories import History

HOLD = RollingHold(grace_days=2)


def spend(at_least: int, days: int = 10) -> Group:
    return Group(1, (Measure("spend_minor", Rolling(days), at_least),))


SCHEME = Scheme(
    "membership",
    (
        Tier("regular"),
        Tier("silver", entry=spend(200), keep=spend(100)),
        Tier("gold", entry=spend(500), keep=spend(400)),
        Tier("diamond", entry=spend(900), keep=spend(800)),
    ),
    HOLD,
)
MONTHLY = RollingHold(grace_days=1, check="month-start")
MARCH, APRIL, MAY = (day_number(date(2024, month, 1)) for month in (3, 4, 5))


def opened(state: TierState, history: History, day: int, *, scheme: Scheme = SCHEME, closed_on: int | None = None) -> TierState:
    hold = scheme.hold
    assert isinstance(hold, RollingHold)
    return rolling_hold.opening(state, history.opening(day), scheme, hold, day - 1 if closed_on is None else closed_on)


def test_a_tier_is_kept_while_keep_holds() -> None:
    assert opened(TierState(2, 0, failed=1), History().order(5, 400), 14) == TierState(2, 0, failed=0)


def test_a_tier_is_kept_while_its_entry_holds_whatever_keep_says() -> None:
    hard = replace(SCHEME, tiers=(Tier("regular"), Tier("silver", entry=spend(200), keep=spend(1000))))

    assert opened(TierState(1, 0), History().order(5, 200), 14, scheme=hard) == TierState(1, 0)


def test_failed_checks_are_counted() -> None:
    assert opened(TierState(2, 0), History().order(5, 399), 14) == TierState(2, 0, failed=1)
    assert opened(TierState(2, 0, failed=1), History().order(5, 399), 14) == TierState(2, 0, failed=2)


def test_the_check_after_the_grace_takes_the_tier() -> None:
    assert opened(TierState(2, 0, failed=2), History().order(5, 399), 14) == TierState(1, 14, losses=(14,))


def test_checks_that_were_jumped_over_have_failed_too() -> None:
    assert opened(TierState(2, 0, failed=1), History().order(5, 399), 14, closed_on=12) == TierState(1, 14, losses=(14,))
    assert opened(TierState(2, 0, failed=0), History().order(5, 399), 14, closed_on=9) == TierState(2, 0, failed=1)


def test_without_grace_the_first_failed_check_takes_the_tier() -> None:
    assert opened(TierState(2, 0), History(), 14, scheme=replace(SCHEME, hold=RollingHold())) == TierState(1, 14, losses=(14,))


def test_the_base_is_never_asked() -> None:
    assert opened(TierState(0, 0), History(), 14) == TierState(0, 0)


def test_a_tier_is_first_asked_on_the_day_after_it_was_reached() -> None:
    assert opened(TierState(2, 14), History(), 14) == TierState(2, 14)
    assert opened(TierState(2, 13), History(), 14) == TierState(2, 13, failed=1)


@pytest.mark.parametrize(
    ("on_loss", "cents", "tier"),
    [
        ("one-down", 0, 2),
        ("to-base", 450, 0),
        ("recalculated", 450, 2),
        ("recalculated", 399, 1),
        ("recalculated", 99, 0),
    ],
)
def test_where_a_lost_tier_leads(on_loss: str, cents: int, tier: int) -> None:
    scheme = replace(SCHEME, on_loss=on_loss)  # type: ignore[arg-type]

    assert opened(TierState(3, 0, failed=2), History().order(5, cents), 14, scheme=scheme).tier == tier


def test_a_monthly_check_is_on_the_first_only() -> None:
    monthly = replace(SCHEME, hold=MONTHLY)

    assert opened(TierState(2, 0), History(), MARCH + 1, scheme=monthly) == TierState(2, 0)
    assert opened(TierState(2, 0), History(), MARCH, scheme=monthly) == TierState(2, 0, failed=1)
    assert opened(TierState(2, 0, failed=1), History(), MARCH, scheme=monthly) == TierState(1, MARCH, losses=(MARCH,))


def test_monthly_checks_that_were_jumped_over_are_counted() -> None:
    patient = replace(SCHEME, hold=RollingHold(grace_days=5, check="month-start"))

    assert opened(TierState(2, 0, failed=1), History(), MAY, scheme=patient, closed_on=MARCH) == TierState(2, 0, failed=3)
    assert opened(TierState(2, 0, failed=1), History(), MAY, scheme=patient, closed_on=MARCH - 1) == TierState(2, 0, failed=4)
    assert opened(TierState(2, 0, failed=1), History(), MAY + 4, scheme=patient, closed_on=MAY) == TierState(2, 0, failed=1)


def test_a_loss_too_many_waits_and_goes_on_counting() -> None:
    paced = replace(SCHEME, max_downgrades=MaxDowngrades(1, days=10))

    waiting = opened(TierState(2, 7, failed=2, losses=(5,)), History(), 14, scheme=paced)
    lost = opened(TierState(2, 7, failed=3, losses=(5,)), History(), 15, scheme=paced)

    assert waiting == TierState(2, 7, failed=3, losses=(5,))
    assert lost == TierState(1, 15, losses=(5, 15))


def test_a_loss_leaves_all_losses_known_that_the_limit_counts() -> None:
    six = replace(SCHEME, max_downgrades=MaxDowngrades(6, days=100))

    lost = opened(TierState(2, 7, failed=2, losses=(1, 2, 3, 4, 5)), History(), 14, scheme=six)

    assert lost == TierState(1, 14, losses=(1, 2, 3, 4, 5, 14))


@pytest.mark.parametrize(("failed", "day"), [(0, 17), (1, 16), (2, 15), (5, 15)])
def test_when_a_failing_tier_is_lost(failed: int, day: int) -> None:
    assert rolling_hold.loss_on(TierState(2, 0, failed=failed), History().view(14), SCHEME, HOLD) == day


def test_when_a_failing_tier_is_lost_with_monthly_checks() -> None:
    monthly = replace(SCHEME, hold=MONTHLY)

    assert rolling_hold.loss_on(TierState(2, 0, failed=1), History().view(MARCH + 3), monthly, MONTHLY) == APRIL
    assert rolling_hold.loss_on(TierState(2, 0), History().view(MARCH), monthly, MONTHLY) == MAY


def test_the_pace_moves_the_loss_to_a_check_that_is_allowed() -> None:
    daily = replace(SCHEME, max_downgrades=MaxDowngrades(1, days=30))
    monthly = replace(daily, hold=MONTHLY)
    state = TierState(2, 0, failed=2, losses=(MARCH + 10,))

    assert rolling_hold.loss_on(state, History().view(MARCH + 12), daily, HOLD) == MARCH + 40
    assert rolling_hold.loss_on(state, History().view(MARCH + 12), monthly, MONTHLY) == MAY


def test_the_first_check_that_fails() -> None:
    history = History().order(5, 400)

    assert rolling_hold.first_failing_check(TierState(2, 5), history.view(5), SCHEME, HOLD) == 15
    assert rolling_hold.first_failing_check(TierState(2, 5), history.view(14), SCHEME, HOLD) == 15
    assert rolling_hold.first_failing_check(TierState(2, 5), history.view(20), SCHEME, HOLD) == 21


def test_the_first_check_that_fails_looks_past_bounds_that_do_not_matter() -> None:
    history = History().order(3, 600).order(5, 400)

    assert rolling_hold.first_failing_check(TierState(2, 5), history.view(5), SCHEME, HOLD) == 15


def test_the_first_monthly_check_that_fails() -> None:
    monthly = replace(SCHEME, hold=MONTHLY)
    history = History().order(MARCH - 5, 400)

    assert rolling_hold.first_failing_check(TierState(2, 0), history.view(MARCH - 3), monthly, MONTHLY) == APRIL
    assert rolling_hold.first_failing_check(TierState(2, 0), History().view(MARCH - 3), monthly, MONTHLY) == MARCH


def test_a_tier_that_time_does_not_take_has_no_failing_check() -> None:
    tenured = replace(SCHEME, tiers=(Tier("regular"), Tier("old", entry=Group(1, (Measure("tenure_days", None, 5),)))))

    assert rolling_hold.first_failing_check(TierState(1, 9), History().order(0).view(9), tenured, HOLD) is None


def test_grace_is_a_failed_check_while_keep_fails() -> None:
    failing, kept = History().order(5, 100), History().order(5, 400)

    assert rolling_hold.in_grace(TierState(2, 0, failed=1), failing.view(9), SCHEME)
    assert not rolling_hold.in_grace(TierState(2, 0, failed=1), kept.view(9), SCHEME)
    assert not rolling_hold.in_grace(TierState(2, 0, failed=0), failing.view(9), SCHEME)


@pytest.mark.parametrize(
    ("failed", "cents", "day"),
    [
        (0, 400, 15),  # keep may fail when the order leaves
        (0, 100, 11),  # fails now: the count starts
        (1, 400, 11),  # holds now: the count starts again
        (1, 100, 12),  # lost after two more failed checks
        (2, 100, 11),
    ],
)
def test_when_the_hold_may_next_change(failed: int, cents: int, day: int) -> None:
    view = History().order(5, cents).view(10)

    assert rolling_hold.next_change(TierState(2, 0, failed=failed), view, SCHEME, HOLD) == day


def test_a_failing_tier_may_be_saved_by_time_before_it_is_lost() -> None:
    history = History().order(5, 450).refund(3, 100)
    patient = RollingHold(grace_days=30)

    assert rolling_hold.next_change(TierState(2, 0, failed=1), history.view(10), SCHEME, patient) == 13


def test_a_monthly_count_starts_at_the_next_check() -> None:
    assert rolling_hold.next_change(TierState(2, 0), History().view(MARCH), SCHEME, MONTHLY) == APRIL


def test_a_tier_that_is_lost_or_reached_leads_through_the_scheme() -> None:
    lost_and_up = tiers.opening(TierState(2, 0, failed=2), History().order(5, 399).opening(14), SCHEME, 13)
    up = tiers.closing(TierState(1, 14), History().order(14, 500).view(14), SCHEME)

    assert lost_and_up == TierState(1, 14, losses=(14,))
    assert up == TierState(2, 14)
    assert tiers.next_change(TierState(3, 0), History().order(5, 800).view(10), SCHEME) == 15
    assert tiers.next_change(TierState(0, 0), History().view(10), SCHEME) == NEVER
