"""Hold `term`: safe to its end, asked then, once more at each moment of the grace, then lost."""

from dataclasses import replace
from datetime import date

import pytest

from service.domain import term_hold
from service.domain.calendar import NEVER, date_of, day_number
from service.domain.policy import Group, MaxDowngrades, Measure, Scheme, TermHold, Tier
from service.domain.tier_state import TierState
from service.domain.windows import Rolling, Term
from tests.domain.histories import History


def spend(at_least: int, window: Rolling | Term | None = None) -> Group:
    return Group(1, (Measure("spend_minor", window or Rolling(10), at_least),))


HOLD = TermHold(days=30, grace_days=3)
SCHEME = Scheme(
    "membership",
    (
        Tier("regular"),
        Tier("silver", spend(200), spend(100)),
        Tier("gold", spend(500), spend(400)),
        Tier("diamond", spend(900), spend(800)),
    ),
    HOLD,
)
GOLD = TierState(2, 10, held_until=39, term_from=11)


def opened(state: TierState, history: History, day: int, scheme: Scheme = SCHEME) -> TierState:
    assert isinstance(scheme.hold, TermHold)
    return term_hold.opening(state, history.opening(day), scheme, scheme.hold)


@pytest.mark.parametrize(
    ("hold", "start", "after_upgrade", "after_renewal"),
    [
        (TermHold(days=30), "2024-03-01", "2024-03-30", "2024-03-30"),
        (TermHold(days=1), "2024-03-01", "2024-03-01", "2024-03-01"),
        (TermHold(months=12), "2024-03-01", "2025-02-28", "2025-02-28"),
        (TermHold(months=12), "2024-02-29", "2025-02-27", "2025-02-27"),  # clipped to 28 February, the day before
        (TermHold(months=1), "2024-01-31", "2024-02-28", "2024-02-28"),
        (TermHold(months=10), "2024-03-15", "2025-01-14", "2025-01-14"),
        (TermHold(calendar_year=True), "2024-03-01", "2025-12-31", "2024-12-31"),
        (TermHold(calendar_year=True), "2024-12-31", "2025-12-31", "2024-12-31"),
    ],
)
def test_the_last_day_of_a_term(hold: TermHold, start: str, after_upgrade: str, after_renewal: str) -> None:
    first = day_number(date.fromisoformat(start))

    assert date_of(term_hold.term_end(first, hold, upgrade=True)).isoformat() == after_upgrade
    assert date_of(term_hold.term_end(first, hold)).isoformat() == after_renewal


def test_an_upgrade_starts_a_term_whose_window_leaves_that_day_out() -> None:
    assert term_hold.upgraded(TierState(2, 10), 10, HOLD) == GOLD


def test_nothing_is_asked_before_the_term_has_ended() -> None:
    assert opened(GOLD, History(), 39) == GOLD


def test_a_tier_without_a_term_is_never_asked() -> None:
    assert opened(TierState(0, 10), History(), 400) == TierState(0, 10)


def test_keep_is_asked_as_of_the_last_day_and_starts_a_new_term() -> None:
    history = History().order(30, 400)  # in the ten days up to day 39, not in those up to day 40

    assert opened(GOLD, history, 40) == TierState(2, 10, held_until=69, term_from=40)


def test_a_tier_that_keep_does_not_hold_stays_in_grace() -> None:
    assert opened(GOLD, History().order(30, 399), 40) == GOLD
    assert opened(GOLD, History().order(29, 400), 40) == GOLD


def test_in_grace_keep_is_asked_of_the_day_itself() -> None:
    saved = History().order(35, 300).order(41, 100)

    assert opened(GOLD, saved, 41) == GOLD
    assert opened(GOLD, saved, 42) == TierState(2, 10, held_until=71, term_from=43)
    assert term_hold.closing(GOLD, saved.view(41), SCHEME, HOLD) == TierState(2, 10, held_until=70, term_from=42)


def test_the_opening_after_the_term_asks_for_its_own_day_too() -> None:
    ledger = History().order(30, 500).refund(30, 200).order(36, 100).refund(30, 10)
    reversed_ = History().order(36, 400).refund(30, 300)  # the debit leaves the window on day 40

    assert opened(GOLD, ledger, 40) == GOLD
    assert opened(GOLD, reversed_, 40) == TierState(2, 10, held_until=69, term_from=41)


def test_a_closing_within_the_term_renews_nothing() -> None:
    assert term_hold.closing(GOLD, History().order(39, 400).view(39), SCHEME, HOLD) == GOLD


def test_the_tier_is_lost_after_the_last_day_of_grace_without_asking() -> None:
    saved_too_late = History().order(42, 0)

    assert opened(GOLD, saved_too_late, 42) == GOLD
    assert opened(GOLD, History().order(41, 400), 43) == TierState(1, 43, held_until=72, term_from=43, losses=(43,))


def test_without_grace_it_is_lost_at_the_opening_after_the_term() -> None:
    strict = replace(SCHEME, hold=TermHold(days=30))

    assert opened(GOLD, History(), 40, strict) == TierState(1, 40, held_until=69, term_from=40, losses=(40,))
    assert opened(GOLD, History().order(30, 400), 40, strict) == TierState(2, 10, held_until=69, term_from=40)


def test_the_base_has_no_term() -> None:
    silver = TierState(1, 10, held_until=39, term_from=11)

    assert opened(silver, History(), 43) == TierState(0, 43, losses=(43,))


@pytest.mark.parametrize(
    ("on_loss", "cents", "tier"),
    [("one-down", 0, 2), ("to-base", 450, 0), ("recalculated", 450, 2), ("recalculated", 399, 1), ("recalculated", 99, 0)],
)
def test_where_a_lost_tier_leads(on_loss: str, cents: int, tier: int) -> None:
    scheme = replace(SCHEME, on_loss=on_loss)  # type: ignore[arg-type]
    diamond = TierState(3, 10, held_until=39, term_from=11)

    # Ten days up to day 42, the day before the loss, begin on day 33.
    assert opened(diamond, History().order(33, cents), 43, scheme).tier == tier


def test_recalculated_takes_term_for_that_of_the_lost_tier() -> None:
    by_term = replace(
        SCHEME,
        on_loss="recalculated",
        tiers=(Tier("regular"), Tier("silver", spend(200), spend(100, Term())), Tier("gold", spend(500), spend(400, Term()))),
    )
    assert opened(GOLD, History().order(11, 100), 43, by_term).tier == 1
    assert opened(GOLD, History().order(10, 100), 43, by_term).tier == 0


def test_the_window_term_holds_the_days_of_the_present_term() -> None:
    by_term = replace(SCHEME, tiers=(Tier("regular"), Tier("silver", spend(200), spend(100, Term()))))
    silver = TierState(1, 10, held_until=39, term_from=11)

    assert opened(silver, History().order(10, 900), 40, by_term) == silver
    assert opened(silver, History().order(11, 100), 40, by_term) == TierState(1, 10, held_until=69, term_from=40)
    assert opened(silver, History().order(40, 100), 41, by_term) == TierState(1, 10, held_until=70, term_from=42)


def test_a_loss_too_many_waits_in_grace_and_goes_at_the_first_opening_allowed() -> None:
    paced = replace(SCHEME, max_downgrades=MaxDowngrades(1, days=20))
    waiting = replace_losses(GOLD, 30)

    assert opened(waiting, History(), 49, paced) == waiting
    assert opened(waiting, History().order(45, 400), 49, paced).held_until == 78
    lost = TierState(1, 50, held_until=79, term_from=50, losses=(30, 50))
    assert opened(waiting, History().order(45, 400), 50, paced) == lost


def test_a_pace_that_allows_the_loss_changes_nothing() -> None:
    paced = replace(SCHEME, max_downgrades=MaxDowngrades(1, days=5))

    assert opened(replace_losses(GOLD, 30), History(), 42, paced) == replace_losses(GOLD, 30)
    assert opened(replace_losses(GOLD, 30), History(), 43, paced).tier == 1


@pytest.mark.parametrize(
    ("state", "day", "change"),
    [
        (TierState(0, 10), 20, NEVER),
        (GOLD, 20, 40),
        (GOLD, 39, 40),
        (GOLD, 40, 43),
    ],
)
def test_when_the_hold_may_next_change(state: TierState, day: int, change: int) -> None:
    assert term_hold.next_change(state, History().view(day), SCHEME, HOLD) == change


def test_in_grace_time_alone_may_save_a_tier() -> None:
    history = History().order(36, 400).refund(31, 300)

    assert term_hold.next_change(GOLD, history.view(40), SCHEME, HOLD) == 41


def test_whether_a_tier_is_in_grace() -> None:
    assert [term_hold.in_grace(GOLD, day) for day in (39, 40)] == [False, True]
    assert not term_hold.in_grace(TierState(0, 10), 400)


def replace_losses(state: TierState, *losses: int) -> TierState:
    return state._replace(losses=losses)


def test_the_last_loss_of_the_term_goes_to_the_base_with_the_losses() -> None:
    paced = replace(SCHEME, max_downgrades=MaxDowngrades(2, days=100), on_loss="to-base")

    assert opened(replace_losses(GOLD, 5), History(), 43, paced) == TierState(0, 43, losses=(5, 43))


def test_recalculated_asks_as_of_the_day_before_the_loss() -> None:
    recalculated = replace(SCHEME, on_loss="recalculated")

    # ten days up to day 42, the day before the loss, begin on day 33
    assert opened(GOLD, History().order(33, 150), 43, recalculated).tier == 1
    assert opened(GOLD, History().order(32, 150), 43, recalculated).tier == 0


def test_a_loss_leaves_all_losses_known_that_the_limit_counts() -> None:
    six = replace(SCHEME, max_downgrades=MaxDowngrades(6, days=100))

    assert opened(replace_losses(GOLD, 1, 2, 3, 4, 5), History(), 43, six).losses == (1, 2, 3, 4, 5, 43)
