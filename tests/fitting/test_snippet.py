"""A proposal is a good policy, whatever was found."""

import tomllib
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.policy import ChurnRules
from service.domain.policy_file import parse_policy
from service.fitting.likelihood import Parameters
from service.fitting.order_value import OrderValue, order_value
from service.fitting.purchase_days import Purchases
from service.fitting.snippet import propose_thresholds, proposed, toml
from tests import builders

PARAMETERS = st.builds(
    Parameters,
    st.sampled_from([15.0, 240.0]),
    st.floats(0.001, 5),
    st.floats(0.1, 1e4),
    st.just(0.0) | st.floats(1e-4, 1000),
    st.just(0.0) | st.floats(0.001, 1),
)
P = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)


@given(PARAMETERS, P, st.integers(1, 400))
def test_it_is_accepted_as_a_policy(
    parameters: Parameters, p: "np.ndarray[tuple[int], np.dtype[np.float64]]", horizon: int
) -> None:
    rules = proposed(ChurnRules(floors={}), horizon, parameters, OrderValue(3000, 2.5), p)

    assert parse_policy(builders.FRAME + toml(rules, ["why"])).churn == rules


def test_all_keys_are_there_and_those_that_are_not_fitted_stay() -> None:
    before = ChurnRules(unhappy_days=3, floors={"churned": "high"})

    content = tomllib.loads(
        toml(proposed(before, 14, Parameters(30.0, 0.5, 1.0, 0.1, 0.5), OrderValue(5, 1.0), np.arange(0, 1, 0.01)), [])
    )

    assert content["churn"].keys() == {field.name for field in fields(ChurnRules) if field.init}
    assert (content["churn"]["horizon_days"], content["churn"]["unhappy_days"]) == (14, 3)
    assert content["churn"]["floors"] == {"churned": "high"}


def test_thresholds_follow_the_shares_and_stay_apart() -> None:
    assert propose_thresholds(np.arange(0, 1.0001, 0.01), 1.0) == {"medium": 0.5, "high": 0.75, "critical": 0.9}
    assert propose_thresholds(np.ones(9), 1.0) == {"medium": 0.994, "high": 0.996, "critical": 0.998}
    assert propose_thresholds(np.zeros(9), 1.0) == {"medium": 0.002, "high": 0.004, "critical": 0.006}


def test_the_mean_order_leans_less_on_others_the_more_customers_differ() -> None:
    random = np.random.default_rng(4)
    means = random.normal(2000, 300, 2000)
    customers = [
        Purchases(str(number), [], [int(spend) for spend in random.normal(mean, 600, 1 + number % 9)])
        for number, mean in enumerate(means)
    ]

    value = order_value(customers)

    assert value.mean_order_minor == pytest.approx(2000, abs=20)
    assert value.weight == pytest.approx(600**2 / 300**2, rel=0.1)


def test_customers_who_do_not_differ_or_bought_once_give_the_heaviest_weight() -> None:
    assert order_value([Purchases("a", [], [100, 300]), Purchases("b", [], [300, 100])]) == OrderValue(200, 1000.0)
    assert order_value([Purchases("a", [], [100]), Purchases("b", [], [300])]) == OrderValue(200, 1000.0)
