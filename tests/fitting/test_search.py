"""The search finds parameters that made the data, or better ones, and only such that a policy allows."""

import numpy as np

from service.fitting.likelihood import Parameters, log_loss, p_no_order
from service.fitting.observations import Observations, observe
from service.fitting.purchase_days import Purchases
from service.fitting.search import LEAST, MOST, fit

HORIZON = 30
TRUE = Parameters(60.0, 0.8, 10.0, 0.05, 0.6)


def lives(count: int, seed: int) -> list[Purchases]:
    """Customers with rates of their own, who leave at a purchase once in twenty times."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        gap, days = 1 / random.gamma(1.0, 0.1), [int(random.integers(0, 200))]
        while days[-1] < 400 and random.random() > 0.05:
            days.append(days[-1] + 1 + int(random.exponential(gap)))
        found.append(Purchases(str(number), days, []))
    return found


def drawn(seed: int) -> Observations:
    """Rows whose outcomes were drawn from the model with known parameters."""
    seen = observe(lives(1500, seed), [250], HORIZON)
    p = p_no_order(TRUE, seen, HORIZON)
    seen.none[:] = np.random.default_rng(seed).random(len(p)) < p
    return seen


def test_it_does_at_least_as_well_as_the_parameters_that_made_the_data() -> None:
    seen, other = drawn(1), drawn(2)
    steps: list[float] = []

    found = fit(seen, HORIZON, step=lambda each: steps.append(each.log_loss))

    assert len(steps) == 5
    assert found.log_loss == min(steps)
    assert found.log_loss <= log_loss(p_no_order(TRUE, seen, HORIZON), seen.none) + 1e-4
    on_others = log_loss(p_no_order(found.parameters, other, HORIZON), other.none)
    assert on_others <= log_loss(p_no_order(TRUE, other, HORIZON), other.none) * 1.02


def test_parameters_stay_inside_what_a_policy_allows() -> None:
    one_time = observe([Purchases(str(number), [number], []) for number in range(50)], [100], HORIZON)

    _, *found = fit(one_time, HORIZON, taus=(30.0,)).parameters

    assert all(least <= value <= most for value, least, most in zip(found, LEAST, MOST, strict=True))
    assert (LEAST[0], LEAST[1]) == (0.001, 0.1)
