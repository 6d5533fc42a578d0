"""Tier schemes: up at once and as far as it goes, at both moments."""

from dataclasses import replace
from datetime import date

import pytest

from service.domain import tiers
from service.domain.calendar import NEVER, day_number
from service.domain.policy import Group, MaxDowngrades, Measure, RollingHold, Scheme, TermHold, Tier
from service.domain.tier_state import TierState
from service.domain.windows import Rolling
from tests.domain.histories import History


def spend(at_least: int) -> Group:
    return Group(1, (Measure("spend_minor", Rolling(10), at_least),))


ROLLING = Scheme(
    "membership",
    (Tier("regular"), Tier("silver", spend(200), spend(100)), Tier("gold", spend(500), spend(400))),
    RollingHold(),
)
TERM = replace(ROLLING, hold=TermHold(days=30))


@pytest.mark.parametrize(("cents", "tier"), [(199, 0), (200, 1), (499, 1), (500, 2)])
def test_the_highest_tier_whose_entry_holds_is_reached(cents: int, tier: int) -> None:
    state = tiers.closing(TierState(0, 3), History().order(9, cents).view(9), ROLLING)

    assert state == (TierState(tier, 9) if tier else TierState(0, 3))


def test_a_tier_in_between_may_be_jumped_over_although_its_own_entry_fails() -> None:
    odd = replace(ROLLING, tiers=(Tier("regular"), Tier("silver", spend(900)), Tier("gold", spend(500))))

    assert tiers.closing(TierState(0, 3), History().order(9, 500).view(9), odd) == TierState(2, 9)


def test_an_upgrade_starts_the_count_again_and_keeps_the_losses() -> None:
    before = TierState(1, 3, failed=2, losses=(1,))
    paced = replace(ROLLING, max_downgrades=MaxDowngrades(1, days=5))

    assert tiers.closing(before, History().order(9, 500).view(9), paced) == TierState(2, 9, losses=(1,))


def test_a_tier_that_is_there_is_not_reached_again() -> None:
    assert tiers.closing(TierState(2, 3), History().order(9, 500).view(9), ROLLING) == TierState(2, 3)


def test_the_opening_asks_for_an_upgrade_too() -> None:
    tenured = replace(ROLLING, tiers=(Tier("regular"), Tier("old", entry=Group(1, (Measure("tenure_days", None, 5),)))))

    assert tiers.opening(TierState(0, 0), History().order(0).opening(5), tenured, 4) == TierState(1, 5)


def test_a_rolling_tier_is_lost_at_an_opening_never_at_a_closing() -> None:
    history = History()

    assert tiers.opening(TierState(2, 3), history.opening(9), ROLLING, 8) == TierState(1, 9, losses=(9,))
    assert tiers.closing(TierState(2, 3), history.view(9), ROLLING) == TierState(2, 3)


def test_an_upgrade_with_a_term_ends_on_the_last_day_of_the_term() -> None:
    state = tiers.closing(TierState(0, 3), History().order(9, 500).view(9), TERM)

    assert state == TierState(2, 9, held_until=38, term_from=10)


def test_a_term_tier_that_is_lost_is_reached_again_at_the_same_opening_when_its_entry_holds() -> None:
    odd = replace(TERM, tiers=(Tier("regular"), Tier("silver", spend(200), spend(900))))

    state = tiers.opening(TierState(1, 0, held_until=14), History().order(14, 300).opening(15), odd, 14)

    assert state == TierState(1, 15, held_until=44, term_from=16, losses=(15,))


def test_a_term_is_renewed_in_grace_at_a_closing() -> None:
    graceful = replace(TERM, hold=TermHold(days=30, grace_days=5))

    state = tiers.closing(TierState(1, 0, held_until=14), History().order(16, 100).view(16), graceful)

    assert state == TierState(1, 0, held_until=45, term_from=17)


def test_the_next_change_is_that_of_the_entries_or_of_the_hold() -> None:
    history = History().order(5, 450)

    assert tiers.next_change(TierState(2, 5), history.view(9), ROLLING) == 15
    assert tiers.next_change(TierState(2, 5, held_until=12), history.view(9), TERM) == 13
    assert tiers.next_change(TierState(1, 5, held_until=40), history.view(9), TERM) == 41
    assert tiers.next_change(TierState(0, 5), history.view(9), TERM) == 15
    assert tiers.next_change(TierState(0, 5), History().view(9), TERM) == NEVER


def test_a_calendar_entry_is_looked_at_when_its_period_ends() -> None:
    tenured = replace(ROLLING, tiers=(Tier("regular"), Tier("old", entry=Group(1, (Measure("tenure_days", None, 5),)))))
    first = day_number(date(2024, 2, 27))

    assert tiers.next_change(TierState(0, first), History().order(first).view(first), tenured) == first + 5
