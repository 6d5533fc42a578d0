"""The vectorised model is the domain's, and what is observed at a cut is what was known then."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.churn import ChurnState, counted
from service.domain.churn_model import outlook as one_by_one
from service.domain.policy import ChurnRules
from service.fitting.likelihood import Parameters, discounted, log_loss, outlook
from service.fitting.observations import observe
from service.fitting.purchase_days import Purchases

PARAMETERS = st.builds(
    Parameters,
    st.floats(1, 400),
    st.floats(0.001, 5),
    st.floats(0.1, 200),
    st.just(0.0) | st.floats(1e-4, 2),
    st.floats(0, 2),
)
DAYS = st.lists(st.integers(0, 300), min_size=1, max_size=12, unique=True).map(sorted)


@given(
    PARAMETERS, st.lists(DAYS, min_size=1, max_size=4), st.integers(1, 400), st.lists(st.integers(0, 350), min_size=1, max_size=3)
)
def test_it_agrees_with_the_domain(parameters: Parameters, lives: list[list[int]], horizon: int, cuts: list[int]) -> None:
    customers = [Purchases(str(number), days, []) for number, days in enumerate(lives)]
    rules = replace(ChurnRules(), horizon_days=horizon, **parameters._asdict())

    seen = observe(customers, cuts, horizon)
    p, orders = outlook(parameters, discounted(seen, parameters.tau_days), horizon)

    expected = []
    for cut in cuts:
        for days in lives:
            state = ChurnState()
            for day in (known for known in days if known <= cut):
                state = counted(state, day, rules)
            if state.weight:
                expected.append(one_by_one(rules, state.weight, days[0], state.last, cut))
    assert [tuple(pair) for pair in expected] == [
        pytest.approx(pair, rel=1e-9, abs=1e-12) for pair in zip(p, orders, strict=True)
    ]


def test_a_customer_is_known_from_his_first_purchase_day_on() -> None:
    customers = [Purchases("a", [0, 10, 20], []), Purchases("b", [11], []), Purchases("c", [3], [])]

    seen = observe(customers, [10], 10)

    assert seen.customer.tolist() == [0, 2]
    assert seen.silence.tolist() == [0, 7]
    assert seen.tenure.tolist() == [10, 7]
    assert seen.none.tolist() == [False, True]
    assert observe(customers, [10], 9).none.tolist() == [True, True]


def test_rows_are_chosen_with_their_purchases() -> None:
    seen = observe([Purchases("a", [0, 2], []), Purchases("b", [5, 9], [])], [9], 5)

    chosen = seen.of(np.array([False, True]))

    assert chosen.customer.tolist() == [1]
    assert chosen.weight(4.0).tolist() == pytest.approx([1 + np.exp(-1)])


def test_log_loss_is_finite_for_a_wrong_certainty() -> None:
    assert log_loss(np.array([0.25, 0.5]), np.array([False, True])) == pytest.approx((np.log(4 / 3) + np.log(2)) / 2)
    assert log_loss(np.array([1.0]), np.array([False])) == pytest.approx(-np.log(1e-9))
