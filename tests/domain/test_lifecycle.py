"""Lifecycle: the customer's own rhythm, the stages it leads to, runs and coming back."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from msgspec import structs

from service.domain import lifecycle
from service.domain.calendar import NEVER
from service.domain.lifecycle import NO_RETURN, LifecycleState
from service.domain.policy import Group, LifecycleRules, Measure, Pace
from service.domain.view import View
from service.domain.windows import Rolling
from tests.domain.histories import History

RULES = LifecycleRules(
    typical_gap_days=10, dormant=Pace(Decimal("3.0"), 5, 100), churned=Pace(Decimal("6.0"), 20, 200), won_back_days=15
)
LOYAL = replace(
    RULES,
    loyal_entry=Group(1, (Measure("orders", Rolling(30), 4),)),
    loyal_keep=Group(1, (Measure("orders", Rolling(30), 2),)),
)


def closed(history: History, day: int, state: LifecycleState, rules: LifecycleRules = RULES) -> LifecycleState:
    return lifecycle.closing(state, history.view(day), rules)


def walked(history: History, until: int, rules: LifecycleRules = RULES) -> LifecycleState:
    """The state at the end of a day, every day asked."""
    state = LifecycleState()
    for day in range(until + 1):
        state = lifecycle.opening(state, history.opening(day), rules)
        state = lifecycle.closing(state, history.view(day), rules)
    return state


def next_change(state: LifecycleState, view: View, rules: LifecycleRules) -> int:
    """The first day to look again, if nothing happens."""
    silence, loyalty = lifecycle.silence_changes_on(state, view, rules), lifecycle.loyalty_changes_on(state, view, rules)
    return min(silence, loyalty)


@pytest.mark.parametrize(
    ("days", "typical"),
    [
        ((), 10),  # the policy's
        ((0,), 10),
        ((0, 4, 8), 10),  # two gaps
        ((0, 4, 8, 20), 4),  # three: 4, 4, 12
        ((0, 4, 9, 20, 21), 4.5),  # 1, 4, 5, 11
        ((0, 100, 101, 102, 103, 104, 105, 106, 107, 108), 1),  # the last eight only
        ((0, 1, 2, 3, 4, 15, 26, 37, 48), 6),  # 1, 1, 1, 1, 11, 11, 11, 11
        ((0, 7, 14, 15, 16, 17, 18, 29, 40, 51), 4),  # 7 is the ninth: 1, 1, 1, 1, 7, 11, 11, 11
    ],
)
def test_the_typical_gap_is_the_median_of_the_last_eight(days: Sequence[int], typical: float) -> None:
    found = lifecycle.rhythm(History().orders(*days).view(200), RULES, 200).typical_gap_days

    assert found == typical
    assert isinstance(found, int) == (typical == int(typical))


def test_two_orders_of_a_day_make_no_gap() -> None:
    assert lifecycle.rhythm(History().orders(0, 4, 4, 8, 8, 12).view(12), RULES, 12).typical_gap_days == 4


def test_a_rhythm_knows_only_what_was_known() -> None:
    view = History().orders(0, 4, 8, 12, 90).view(90)

    assert lifecycle.rhythm(view, RULES, 12).typical_gap_days == 4
    assert lifecycle.rhythm(view, RULES, 8).typical_gap_days == 10


@pytest.mark.parametrize(
    ("days", "dormant", "churned", "expected"),
    [
        ((0, 4, 8, 12), Pace(Decimal("3.0"), 5, 100), Pace(Decimal("6.0"), 20, 200), (12, 24)),
        ((0, 4, 9, 20, 21), Pace(Decimal("3.0"), 5, 100), Pace(Decimal("6.0"), 20, 200), (14, 27)),  # 13.5 up
        ((0, 1, 2, 3), Pace(Decimal("3.0"), 5, 100), Pace(Decimal("6.0"), 20, 200), (5, 20)),  # the least
        ((0, 90, 180, 270), Pace(Decimal("3.0"), 5, 100), Pace(Decimal("6.0"), 20, 200), (100, 200)),  # the most
        ((0, 10, 20, 30), Pace(Decimal("0.1"), 1, 100), Pace(Decimal("0.1"), 1, 200), (1, 2)),  # one day more than dormant
        ((0, 10, 20, 30), Pace(Decimal("1.1"), 1, 100), Pace(Decimal("2.2"), 1, 200), (11, 22)),  # the decimal as written
    ],
)
def test_after_how_many_silent_days(days: Sequence[int], dormant: Pace, churned: Pace, expected: tuple[int, int]) -> None:
    rules = replace(RULES, dormant=dormant, churned=churned)
    found = lifecycle.rhythm(History().orders(*days).view(400), rules, 400)

    assert (found.dormant_after, found.churned_after) == expected


def test_a_prospect_has_no_counted_order() -> None:
    history = History().order(3, 100, "o").refund(4, 100, of="o")

    assert walked(history, 10) == LifecycleState("prospect", 0)


def test_one_purchase_day_is_new_and_two_are_repeat() -> None:
    history = History().orders(3, 3, 9)

    assert walked(history, 8) == LifecycleState("new", 3)
    assert walked(history, 9) == LifecycleState("repeat", 9)


@pytest.mark.parametrize(
    ("day", "stage", "since"),
    [(32, "new", 3), (33, "dormant", 33), (62, "dormant", 33), (63, "churned", 63), (200, "churned", 63)],
)
def test_silence_leads_to_dormant_and_churned(day: int, stage: str, since: int) -> None:
    assert walked(History().order(3), day) == LifecycleState(stage, since)


def test_back_from_dormant_is_repeat() -> None:
    assert walked(History().orders(3, 40), 40) == LifecycleState("repeat", 40)


@pytest.mark.parametrize(("back", "stage"), [(62, "repeat"), (63, "won-back")])
def test_back_after_a_gap_that_reached_churned_is_won_back(back: int, stage: str) -> None:
    assert walked(History().orders(3, back), back).stage == stage


def test_won_back_lasts_so_many_days_of_the_run() -> None:
    history = History().orders(3, 70, 80)

    assert walked(history, 84) == LifecycleState("won-back", 70, returned_on=70)
    assert walked(history, 85) == LifecycleState("repeat", 85, returned_on=70)


def test_the_gap_is_judged_by_the_rhythm_before_it_ended() -> None:
    # A gap of 25 after gaps of 4, 4, 4 reached churned_after 24; with the 25 it would be 4, 4, 4, 25: 24 as well,
    # and a gap of 30 after only two gaps of 4 is far from the policy's 60, while three gaps 4, 4, 30 make it 24.
    assert walked(History().orders(0, 4, 8, 12, 37), 37).stage == "won-back"
    assert walked(History().orders(0, 4, 8, 38), 38).stage == "repeat"


def test_a_run_goes_on_over_a_dormant_gap() -> None:
    patient = replace(RULES, won_back_days=100)

    assert walked(History().orders(3, 70, 105), 105, patient).stage == "won-back"


def test_a_second_return_begins_a_new_run() -> None:
    assert walked(History().orders(3, 70, 140), 140).returned_on == 140


def test_without_won_back_days_nobody_is_won_back() -> None:
    assert walked(History().orders(3, 70), 70, replace(RULES, won_back_days=0)).stage == "repeat"


def test_loyal_is_entered_by_entry_and_held_by_keep() -> None:
    history = History().orders(0, 5, 10, 15)

    assert walked(history, 14, LOYAL).stage == "repeat"
    assert walked(history, 15, LOYAL) == LifecycleState("loyal", 15, loyal=True)
    assert walked(history, 30, LOYAL).stage == "dormant"


def test_keep_alone_makes_nobody_loyal() -> None:
    assert walked(History().orders(0, 5), 5, LOYAL).loyal is False


def test_loyal_is_asked_whatever_the_stage() -> None:
    history = History().orders(0, 1, 2, 3)  # dormant after 5 silent days, loyal kept until two orders are left

    asleep = walked(history, 20, LOYAL)
    assert (asleep.stage, asleep.loyal) == ("dormant", True)
    assert walked(history, 31, LOYAL).loyal is True  # the orders of days 2 and 3
    assert walked(history, 32, LOYAL).loyal is False


def test_won_back_goes_before_loyal_and_loyal_before_new() -> None:
    one_is_enough = replace(LOYAL, loyal_entry=Group(1, (Measure("orders", Rolling(30), 1),)))

    assert walked(History().orders(3, 70), 70, one_is_enough).stage == "won-back"
    assert walked(History().order(3), 3, one_is_enough).stage == "loyal"


def test_an_opening_does_not_know_its_day() -> None:
    history = History().orders(3, 9)

    assert lifecycle.opening(LifecycleState("new", 3), history.opening(9), RULES) == LifecycleState("new", 3)


@pytest.mark.parametrize(
    ("days", "day", "change"),
    [
        ((3,), 3, 33),
        ((3,), 33, 63),
        ((3,), 63, NEVER),
        ((0, 4, 8, 12), 12, 24),
        ((0, 4, 8, 12), 24, 36),
        ((3, 70), 70, 85),
        ((3, 70), 85, 100),
    ],
)
def test_when_the_stage_may_next_change(days: Sequence[int], day: int, change: int) -> None:
    history = History().orders(*days)

    assert next_change(walked(history, day), history.view(day), RULES) == change


def test_the_end_of_loyalty_is_a_day_to_look() -> None:
    slow = replace(LOYAL, typical_gap_days=90, dormant=Pace(Decimal("1"), 60, 100), churned=Pace(Decimal("2"), 150, 200))
    history = History().orders(0, 5, 10, 15)
    state = walked(history, 15, slow)

    assert next_change(state, history.view(15), slow) == 30  # entry ends
    assert next_change(state, history.view(32), slow) == 40  # keep ends
    assert next_change(structs.replace(state, loyal=False), history.view(32), slow) == 75


def test_a_prospect_stays_one_in_silence() -> None:
    history = History().interaction(0)

    assert next_change(LifecycleState("prospect", 0), history.view(9), RULES) == NEVER
    assert NO_RETURN < -10_000
