"""The churn model against numbers worked out apart from the code, and what is surely so without asking it.

The numbers come from the formulas of the module's docstring, summed over all purchase days in 40-digit decimals.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import churn_model
from service.domain.policy import ChurnRules
from tests.domain.buyers import DAILY, FORTNIGHT, IRREGULAR, RULES, WEEKLY, outlook, state_after


@pytest.mark.parametrize(
    ("days", "day", "rules", "p_no_order", "expected_orders"),
    [
        ((0,), 0, RULES, 0.007958512438580811, 43.772952241059635),
        ((0,), 30, RULES, 0.4144118442331428, 1.420314659798007),
        ((0,), 365, RULES, 0.7908111939385878, 0.3163403585325724),
        (WEEKLY, 63, RULES, 0.02506765577567127, 5.300610679515616),
        (WEEKLY, 84, RULES, 0.10842151057544314, 3.1166723412990027),
        (DAILY, 364, RULES, 0.0031897927252356197, 30.56472028497734),
        (DAILY, 394, RULES, 0.9950458248857276, 0.07893358388796079),
        (DAILY, 454, RULES, 0.9999999855797328, 6.689143720165939e-08),
        (IRREGULAR, 60, RULES, 0.11141342078927888, 3.114064389331682),
        (IRREGULAR, 60, replace(RULES, omega=0.0), 0.10702075275786947, 3.129458557340519),
        (IRREGULAR, 60, FORTNIGHT, 0.2961816551390804, 1.4297363745877678),
    ],
)
def test_the_model(days: Sequence[int], day: int, rules: ChurnRules, p_no_order: float, expected_orders: float) -> None:
    found = outlook(days, day, rules)

    assert found.p_no_order == pytest.approx(p_no_order, rel=1e-10)
    assert found.expected_orders == pytest.approx(expected_orders, rel=1e-7)


def test_p_rises_with_every_silent_day() -> None:
    rising = [outlook(IRREGULAR, 52 + silence).p_no_order for silence in range(400)]

    assert all(later > earlier for earlier, later in zip(rising, rising[1:], strict=False))


@given(
    rules=st.builds(
        ChurnRules,
        horizon_days=st.integers(1, 400),
        tau_days=st.floats(0.5, 500),
        r=st.floats(0.001, 20),
        alpha_days=st.floats(0.1, 50),
        omega=st.just(0.0) | st.floats(1e-6, 5),
        kappa=st.just(0.0) | st.floats(0, 3),
    ),
    gaps=st.lists(st.integers(1, 90), max_size=40),
    silence=st.integers(0, 64),
    level=st.integers(0, 2),
)
def test_who_surely_stays_below_a_threshold_is_below_it(rules: ChurnRules, gaps: list[int], silence: int, level: int) -> None:
    days = [0, *accumulate(gaps)]
    weight = state_after(days, rules).weight

    sure = churn_model.stays_below(rules, weight, days[-1] + 1, silence, level)

    if sure:
        assert churn_model.p_no_order(rules, weight, 0, days[-1], days[-1] + silence) < rules.entered_at[level]


def test_a_regular_buyer_surely_stays_low_and_a_rare_one_is_asked() -> None:
    assert churn_model.stays_below(RULES, 11.3, 700, 7, 0)
    assert not churn_model.stays_below(RULES, 1.2, 700, 7, 0)
    assert not churn_model.stays_below(RULES, 11.3, 700, 64, 0)


@pytest.mark.parametrize("rules", [RULES, FORTNIGHT, replace(RULES, omega=0.0)], ids=["ours", "fortnight", "nobody leaves"])
@pytest.mark.parametrize("tenure", [1, 31, 32, 63, 991, 992, 5000])
@pytest.mark.parametrize("weight", [1.0, 1.24, 2.25, 20.0, 20.24])
def test_nobody_surely_stays_below_what_he_reaches(weight: float, tenure: int, rules: ChurnRules) -> None:
    """At the corners of those who are about alike: weights of a quarter, tenures of a month."""
    for silence in (0, 1, 8, 30, 64):
        p = churn_model.p_no_order(rules, weight, 1, tenure, tenure + silence)
        reached = replace(rules, thresholds={"medium": p, "high": 1.0, "critical": 1.0})

        assert not churn_model.stays_below(reached, weight, tenure, silence, 0)
