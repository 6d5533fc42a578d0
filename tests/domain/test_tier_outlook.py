"""How far it is to the next tier, when the present one is in danger, and when a notice is due."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.outbound import KeepTier, Missing, NextTier
from service.domain import tier_outlook
from service.domain.calendar import NEVER, date_of
from service.domain.policy import Group, MaxDowngrades, Measure, RollingHold, Scheme, TermHold, Tier
from service.domain.tier_state import TierState
from service.domain.windows import Rolling, Term
from tests.domain.histories import History


def spend(at_least: int, window: Rolling | Term | None = None) -> Group:
    return Group(1, (Measure("spend_minor", window or Rolling(10), at_least),))


def short(minor: int, window: str = "rolling 10") -> Missing:
    return Missing(need=1, of=[Missing(measure="spend_minor", window=window, missing=minor)])


ROLLING = Scheme(
    "membership",
    (Tier("regular"), Tier("silver", spend(200), spend(100)), Tier("gold", spend(500), spend(400))),
    RollingHold(grace_days=2),
    notice_days=4,
)
TERM = replace(ROLLING, hold=TermHold(days=30, grace_days=3))
GOLD = TierState(2, 10, held_until=39, term_from=11)


def keep(day: int, missing: Missing | None) -> KeepTier:
    return KeepTier(check_on=date_of(day), missing=missing)


def test_the_next_tier_and_what_is_missing() -> None:
    view = History().order(5, 150).view(9)

    assert tier_outlook.next_distance(TierState(0, 0), view, ROLLING) == NextTier("silver", short(50))
    assert tier_outlook.next_distance(TierState(1, 0), view, ROLLING) == NextTier("gold", short(350))
    assert tier_outlook.next_distance(TierState(2, 0), view, ROLLING) is None


def test_nothing_is_missing_when_entry_holds() -> None:
    assert tier_outlook.next_distance(TierState(0, 0), History().order(5, 200).view(9), ROLLING) == NextTier("silver", None)


def test_the_base_is_in_no_danger() -> None:
    assert tier_outlook.keep_distance(TierState(0, 0), History().view(9), ROLLING) is None
    assert tier_outlook.keep_distance(TierState(0, 0), History().view(9), TERM) is None


def test_a_rolling_tier_is_in_danger_at_the_first_check_that_fails() -> None:
    view = History().order(5, 300).order(8, 130).view(9)

    assert tier_outlook.keep_distance(TierState(2, 8), view, ROLLING) == keep(15, short(270))


def test_a_rolling_tier_in_grace_is_lost_on_a_day_and_missing_is_as_of_now() -> None:
    view = History().order(5, 300).view(9)

    assert tier_outlook.keep_distance(TierState(2, 0, failed=1), view, ROLLING) == keep(11, short(100))


def test_a_rolling_tier_whose_keep_holds_again_is_not_in_grace() -> None:
    view = History().order(5, 300).order(9, 100).view(9)

    assert tier_outlook.keep_distance(TierState(2, 0, failed=1), view, ROLLING) == keep(15, short(300))


def test_a_tier_that_time_does_not_take_is_never_in_danger() -> None:
    tenured = replace(ROLLING, tiers=(Tier("regular"), Tier("old", Group(1, (Measure("tenure_days", None, 5),)))))
    view = History().order(0).view(9)

    assert tier_outlook.keep_distance(TierState(1, 5), view, tenured) == KeepTier(check_on=None, missing=None)
    assert tier_outlook.expiring(TierState(1, 5), view, tenured) is None
    assert tier_outlook.next_notice(TierState(1, 5), view, tenured) == NEVER


def test_a_term_tier_is_asked_on_the_day_after_its_term_as_of_the_last_day() -> None:
    view = History().order(30, 300).order(29, 64).view(30)

    assert tier_outlook.keep_distance(GOLD, view, TERM) == keep(40, short(100))


def test_nothing_is_missing_for_a_term_tier_that_will_be_kept() -> None:
    assert tier_outlook.keep_distance(GOLD, History().order(30, 400).view(30), TERM) == keep(40, None)


def test_a_term_tier_in_grace_is_lost_after_its_last_day() -> None:
    view = History().order(32, 300).view(41)

    assert tier_outlook.keep_distance(GOLD, view, TERM) == keep(43, short(100))
    assert tier_outlook.keep_distance(GOLD, History().order(31, 300).view(41), TERM) == keep(43, short(400))


def test_a_loss_that_waits_moves_the_day() -> None:
    paced = replace(TERM, max_downgrades=MaxDowngrades(1, days=20))

    assert tier_outlook.keep_distance(GOLD._replace(losses=(30,)), History().view(41), paced) == keep(50, short(400))


def test_the_window_term_is_that_of_the_tier() -> None:
    by_term = replace(TERM, tiers=(Tier("regular"), Tier("silver", spend(200), spend(100, Term()))))
    view = History().order(10, 900).order(11, 30).view(20)

    assert tier_outlook.keep_distance(GOLD._replace(tier=1), view, by_term) == keep(40, short(70, "term"))


@pytest.mark.parametrize(("day", "near"), [(10, False), (11, True), (14, True)])
def test_a_rolling_tier_is_expiring_so_many_days_before_the_check(day: int, near: bool) -> None:
    view = History().order(5, 400).view(day)

    assert tier_outlook.expiring(TierState(2, 5), view, ROLLING) == (keep(15, short(400)) if near else None)
    assert tier_outlook.next_notice(TierState(2, 5), view, ROLLING) == (NEVER if near else 11)


@pytest.mark.parametrize(("day", "near"), [(35, False), (36, True), (39, True), (40, False)])
def test_a_term_tier_is_expiring_so_many_days_before_the_end_but_not_in_grace(day: int, near: bool) -> None:
    view = History().order(30, 399).view(day)

    assert tier_outlook.expiring(GOLD, view, TERM) == (keep(40, short(1)) if near else None)
    assert tier_outlook.next_notice(GOLD, view, TERM) == (36 if day < 36 else NEVER)


def test_a_term_tier_that_will_be_kept_is_not_expiring() -> None:
    assert tier_outlook.expiring(GOLD, History().order(30, 400).view(37), TERM) is None


def test_a_rolling_tier_in_grace_is_not_expiring() -> None:
    view = History().order(5, 300).view(9)

    assert tier_outlook.expiring(TierState(2, 0, failed=1), view, ROLLING) is None
    assert tier_outlook.next_notice(TierState(2, 0, failed=1), view, ROLLING) == NEVER


def test_without_notice_days_and_for_the_base_nothing_expires() -> None:
    view = History().order(30, 399).view(37)

    assert tier_outlook.expiring(GOLD, view, replace(TERM, notice_days=None)) is None
    assert tier_outlook.next_notice(GOLD, view, replace(TERM, notice_days=None)) == NEVER
    assert tier_outlook.expiring(TierState(0, 0), view, TERM) is None
    assert tier_outlook.next_notice(TierState(0, 0), view, TERM) == NEVER


def test_a_check_that_would_be_after_all_dates_is_none() -> None:
    last = date.max.toordinal() - date(1970, 1, 1).toordinal()
    view = History().order(last - 2, 400).view(last - 1)

    assert tier_outlook.keep_distance(TierState(2, 5), view, ROLLING) == KeepTier(check_on=None, missing=None)
