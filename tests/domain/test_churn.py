"""Churn risk: its levels, what raises them, the expected value."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from msgspec import structs

from service.domain import churn
from service.domain.calendar import NEVER
from service.domain.churn import NO_LEVEL, ChurnState
from service.domain.policy import ChurnRules
from tests.compiled.pure import inside_is_changed
from tests.domain.buyers import DAILY, IRREGULAR, RULES, WEEKLY, outlook, state_after
from tests.domain.histories import History


def test_the_weight_is_the_discounted_sum_of_purchase_days() -> None:
    assert state_after(IRREGULAR).weight == pytest.approx(sum(math.exp(-(52 - day) / 45) for day in IRREGULAR), rel=1e-14)
    assert state_after(IRREGULAR).last == 52


def test_a_purchase_day_counts_once_and_at_its_closing() -> None:
    history = History().order(5).order(5)

    assert churn.opening(ChurnState(), history.opening(5), RULES) == ChurnState()
    assert churn.closing(ChurnState(), history.view(5), RULES) == ChurnState(0, 1.0, 5)
    assert churn.closing(ChurnState(0, 1.0, 5), history.view(6), RULES) == ChurnState(0, 1.0, 5)


@inside_is_changed
@pytest.mark.parametrize(
    ("present", "p", "level"),
    [
        (NO_LEVEL, 0.0, 0),
        (NO_LEVEL, 0.35, 1),
        (0, 0.349, 0),
        (0, 0.35, 1),
        (0, 0.85, 3),
        (1, 0.21, 1),  # down only below 0.35 - 0.15
        (1, 0.19, 0),
        (2, 0.46, 2),
        (2, 0.44, 1),
        (3, 0.71, 3),
        (3, 0.69, 2),
        (3, 0.44, 1),
        (3, 0.0, 0),
        (2, 0.9, 3),
    ],
)
def test_levels_are_entered_at_a_threshold_and_left_a_margin_below(present: int, p: float, level: int) -> None:
    history = History().order(0)

    def probability(*_: object) -> float:
        return p

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(churn, "p_no_order", probability)
        assert churn.opening(ChurnState(present, 1.0, 0), history.opening(9), RULES).level == level


@pytest.mark.parametrize(
    ("level", "stage", "shown"),
    [
        (0, None, "low"),
        (0, "repeat", "low"),
        (0, "dormant", "medium"),
        (0, "churned", "high"),
        (3, "dormant", "critical"),
        (2, "dormant", "high"),
        (NO_LEVEL, "dormant", None),
    ],
)
def test_the_level_shown_is_at_least_the_floor_of_the_stage(level: int, stage: str | None, shown: str | None) -> None:
    assert churn.shown_level(ChurnState(level, 1.0, 0), History().order(0).view(9), RULES, stage) == shown


@pytest.mark.parametrize(
    ("level", "stage", "shown"),
    [(0, None, "medium"), (2, None, "critical"), (3, None, "critical"), (0, "dormant", "high"), (0, "churned", "critical")],
)
def test_an_open_complaint_raises_the_level_shown_by_one(level: int, stage: str | None, shown: str) -> None:
    history = History().order(0).complaint(5, "a")

    assert churn.shown_level(ChurnState(level, 1.0, 0), history.view(9), RULES, stage) == shown


def shown_on(history: History, *days: int, rules: ChurnRules = RULES) -> list[str | None]:
    return [churn.shown_level(ChurnState(0, 1.0, 0), history.view(day), rules, None) for day in days]


def test_a_complaint_raises_from_its_day_for_so_many_days() -> None:
    history = History().order(0).complaint(5, "a")

    assert shown_on(history, 4, 5, 34, 35) == ["low", "medium", "medium", "low"]


def test_a_complaint_raises_until_its_resolution_that_day_not_included() -> None:
    history = History().order(0).complaint(5, "a").resolution(9, "a")

    assert shown_on(history, 8, 9) == ["medium", "low"]


def test_a_bad_rating_raises_on_its_day_and_some_days_after() -> None:
    assert shown_on(History().order(0).rating(5, 2), 4, 5, 18, 19) == ["low", "medium", "medium", "low"]
    assert shown_on(History().order(0).rating(5, 3), 5) == ["low"]


def test_one_day_of_unhappiness_is_the_day_of_the_rating_from_when_it_is_given() -> None:
    history, rules = History().order(0).rating(5, 1), replace(RULES, unhappy_days=1)

    assert shown_on(history, 4, 5, 6, rules=rules) == ["low", "medium", "low"]
    assert churn.shown_level(ChurnState(0, 1.0, 0), history.opening(5), rules, None) == "low"
    assert churn.shown_level(ChurnState(0, 1.0, 0), history.opening(6), rules, None) == "low"


def test_what_happens_later_on_a_day_is_not_known_at_its_opening() -> None:
    history = History().order(0).rating(5, 1).complaint(5, "a")

    assert churn.shown_level(ChurnState(0, 1.0, 0), history.opening(5), RULES, None) == "low"


def test_no_days_of_unhappiness_raise_nothing() -> None:
    rules = replace(RULES, unhappy_days=0, complaint_days=0)

    assert shown_on(History().order(0).rating(5, 1).complaint(5, "a"), 5, 6, rules=rules) == ["low", "low"]


@pytest.mark.parametrize("days", [(0,), WEEKLY, DAILY, IRREGULAR])
def test_the_next_change_is_no_later_than_the_day_a_level_is_reached(days: Sequence[int]) -> None:
    history = History().orders(*days)
    state, day = state_after(days), days[-1]
    state = churn.opening(state, history.view(day), RULES)
    reached = next(later for later in range(day + 1, day + 2000) if churn.opening(state, history.view(later), RULES) != state)

    looked = []
    while day < reached:
        day = churn.next_change(state, history.view(day), RULES)
        looked.append(day)

    assert looked[-1] == reached


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("days", [(0,), WEEKLY, IRREGULAR])
def test_on_no_silent_day_is_the_next_level_looked_for_too_late(days: Sequence[int], level: int) -> None:
    history = History().orders(*days)
    state = structs.replace(state_after(days), level=level)
    rises = next(day for day in range(days[-1], 2000) if outlook(days, day).p_no_order >= RULES.entered_at[level])
    asked = range(days[-1], rises)

    looks = {rises - day: churn.next_level(state, history.view(day), RULES) - day for day in asked}

    assert [(ahead, look) for ahead, look in looks.items() if not 1 <= look <= ahead] == []
    assert [(ahead, look) for ahead, look in looks.items() if ahead <= 8 and look != ahead] == []


def test_at_the_top_level_nothing_more_comes() -> None:
    assert churn.next_change(ChurnState(3, 1.0, 0), History().order(0).view(400), RULES) == NEVER


def test_without_an_order_there_is_no_level_and_no_change() -> None:
    history = History().interaction(0)

    assert churn.opening(ChurnState(), history.opening(5), RULES) == ChurnState()
    assert churn.closing(ChurnState(), history.view(5), RULES) == ChurnState()
    assert churn.next_change(ChurnState(), history.view(5), RULES) == NEVER


@pytest.mark.parametrize(("day", "change"), [(5, 19), (18, 19), (19, 40), (39, 40)])
def test_the_day_on_which_calm_returns_is_a_day_to_look(day: int, change: int) -> None:
    history = History().order(0).rating(5, 1).complaint(10, "a").rating(3, 5)

    assert churn.next_change(ChurnState(3, 1.0, 0), history.view(day), RULES) == change


@pytest.mark.parametrize(
    ("expected_orders", "minor"),
    [(3.0, 7275), (1.0, 2425), (0.0, 0), (1.0002, 2425), (1.0003, 2426)],
)
def test_expected_value_leans_on_a_mean_order(expected_orders: float, minor: int) -> None:
    # One order of 2,200 and three of the policy's 2,500: 2,425 each, half up.
    history = History().order(0, 2200)

    assert churn.expected_value_minor(expected_orders, history.view(9), RULES) == minor


def test_a_refund_of_no_order_lowers_the_expected_value() -> None:
    history = History().order(0, 2200).refund(5, 200)

    assert churn.expected_value_minor(2.0, history.view(9), RULES) == 4750


@pytest.mark.parametrize(
    ("history", "until"),
    [
        (History().rating(5, 2), 19),
        (History().rating(5, 2).rating(7, 3), 19),
        (History().complaint(5, "a"), 35),
        (History().complaint(5, "a").resolution(9, "a"), 9),
        (History().complaint(5, "a").resolution(9, "a").rating(20, 1), 34),
        (History().rating(5, 3).resolution(9, "a"), 0),
    ],
)
def test_who_complained_or_rated_is_calm_when_that_is_over(history: History, until: int) -> None:
    assert [day for day in range(60) if churn.may_be_unhappy(history.view(day), RULES)] == list(range(until))
