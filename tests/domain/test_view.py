"""Measures over windows, as one moment of one day sees them, and the day on which a bound may next be crossed."""

from datetime import date

import pytest

from service.domain.calendar import NEVER, day_number
from service.domain.windows import Calendar, Lifetime, Rolling, Term, Window
from tests.domain.histories import History


def on(month: int, day: int) -> int:
    """A day of 2024."""
    return day_number(date(2024, month, day))


@pytest.mark.parametrize(
    ("window", "spend"),
    [
        (Rolling(1), 32),
        (Rolling(10), 32),  # 22 .. 31 May
        (Rolling(31), 48),  # 1 .. 31 May
        (Rolling(32), 52),  # 30 April too
        (Calendar("month"), 48),
        (Calendar("quarter"), 54),
        (Calendar("year"), 55),
        (Lifetime(), 119),
        (Term(), 48),  # from 1 May
    ],
)
def test_a_window_holds_the_days_it_says(window: Window, spend: int) -> None:
    history = History()
    days = [on(1, 1) - 1, on(1, 1), on(4, 1), on(4, 30), on(5, 1), on(5, 31)]
    for cents, day in zip((64, 1, 2, 4, 16, 32), days, strict=True):
        history.order(day, cents)

    assert history.view(on(5, 31), term_from=on(5, 1)).value("spend_minor", window) == spend


def test_an_opening_does_not_know_its_own_day() -> None:
    history = History().order(10, 100).order(11, 50)

    assert history.opening(11).value("spend_minor", Rolling(2)) == 100
    assert history.view(11).value("spend_minor", Rolling(2)) == 150


def test_every_measure() -> None:
    history = History().order(5, 300, margin=100).order(5, 200, margin=-20).order(7, 50).refund(8, 30)
    history.interaction(6).interaction(6, "share").interaction(6, "not-weighted")
    view = history.view(9)

    measures = ("orders", "spend_minor", "margin_minor", "purchase_days", "engagement")
    assert [view.value(measure, Rolling(30)) for measure in measures] == [3, 520, 80, 2, 4]
    assert [view.value(measure, Lifetime()) for measure in measures] == [3, 520, 80, 2, 4]
    assert view.value("tenure_days", None) == 4


def test_spend_and_margin_are_never_below_0() -> None:
    history = History().order(5, 100, margin=-20).refund(6, 130)

    assert history.view(9).value("spend_minor", Rolling(30)) == 0
    assert history.view(9).value("margin_minor", Lifetime()) == 0


def test_tenure_is_0_before_the_first_purchase() -> None:
    history = History().interaction(2).order(5)

    assert history.opening(5).value("tenure_days", None) == 0
    assert history.view(5).value("tenure_days", None) == 0
    assert history.view(8).value("tenure_days", None) == 3


def test_engagement_without_any_is_0() -> None:
    assert History().order(5).view(9).value("engagement", Rolling(30)) == 0


@pytest.mark.parametrize(
    ("measure", "window", "at_least", "day"),
    [
        ("orders", Rolling(10), 1, 17),  # the order of day 7 leaves
        ("orders", Rolling(10), 2, 15),  # that of day 5 leaves
        ("orders", Rolling(10), 3, NEVER),  # does not hold, and silence adds none
        ("spend_minor", Rolling(10), 50, 17),
        ("spend_minor", Rolling(10), 51, 15),
        ("spend_minor", Rolling(10), 350, 15),
        ("spend_minor", Rolling(10), 351, NEVER),
        ("purchase_days", Rolling(10), 1, 17),
        ("purchase_days", Rolling(10), 2, 15),
        ("engagement", Rolling(10), 1, 16),
        ("engagement", Rolling(10), 2, NEVER),
        ("tenure_days", None, 4, NEVER),
        ("tenure_days", None, 5, 10),
        ("spend_minor", Lifetime(), 1, NEVER),
        ("spend_minor", Term(), 1, NEVER),
        ("spend_minor", Rolling(10), 0, NEVER),  # always holds
    ],
)
def test_when_a_bound_is_crossed_in_silence(measure: str, window: Window | None, at_least: int, day: int) -> None:
    history = History().order(5, 300).order(7, 50).interaction(6)

    assert history.view(9).flips_on(measure, window, at_least) == day


def test_with_debits_or_margins_every_expiry_may_cross_a_bound() -> None:
    with_debit = History().order(5, 300).refund(6, 200).order(8, 50)
    assert with_debit.view(9).flips_on("spend_minor", Rolling(10), 200) == 15
    assert with_debit.view(15).flips_on("spend_minor", Rolling(10), 200) == 16

    with_margin = History().order(5, 300, margin=-10).order(8, 50, margin=40)
    assert with_margin.view(9).flips_on("margin_minor", Rolling(10), 40) == 15


def test_a_debit_that_has_left_the_window_does_not_matter() -> None:
    history = History().refund(2, 200).order(5, 300).order(11, 300)

    assert history.view(12).flips_on("spend_minor", Rolling(10), 300) == 21


def test_a_calendar_window_ends_with_its_period() -> None:
    history = History().order(on(5, 3), 100)
    view = history.view(on(5, 20))

    assert view.flips_on("spend_minor", Calendar("month"), 100) == on(6, 1)
    assert view.flips_on("spend_minor", Calendar("quarter"), 100) == on(7, 1)
    assert view.flips_on("spend_minor", Calendar("year"), 100) == day_number(date(2025, 1, 1))
    assert view.flips_on("spend_minor", Calendar("month"), 101) == NEVER


def test_tenure_of_somebody_who_never_bought_never_grows() -> None:
    assert History().interaction(3).view(9).flips_on("tenure_days", None, 1) == NEVER


def test_a_window_longer_than_the_calendar_never_ends() -> None:
    assert History().order(NEVER - 5, 1).view(NEVER - 4).flips_on("orders", Rolling(100), 1) == NEVER


def test_another_day_and_another_term_see_the_same_facts() -> None:
    view = History().order(5, 100).order(9, 30).view(9)

    assert view.on(15).value("spend_minor", Rolling(10)) == 30
    assert view.in_term(6).value("spend_minor", Term()) == 30
    assert view.in_term(6).on(12).value("spend_minor", Term()) == 30


def test_the_windows_texts_are_those_of_the_policy_file() -> None:
    assert [window.text for window in (Rolling(30), Calendar("month"), Lifetime(), Term())] == [
        "rolling 30",
        "calendar month",
        "lifetime",
        "term",
    ]
