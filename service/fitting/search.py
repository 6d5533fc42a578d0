"""The search for the parameters with the least log loss: Nelder-Mead on logs from several starts, for each tau of a grid."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from service.fitting.likelihood import Discounted, Parameters, discounted, log_loss, outlook
from service.fitting.observations import Numbers, Observations

TAUS = (15.0, 30.0, 60.0, 120.0, 240.0)
STARTS = ((0.5, 5.0, 0.01, 0.5), (0.02, 50.0, 0.1, 0.3), (1.0, 0.5, 0.001, 1.0))
"""r, alpha_days, omega, kappa: buyers by habit, buyers now and then, nobody leaves."""
LEAST = np.array([0.001, 0.1, 1e-4, 1e-3])
MOST = np.array([1e3, 1e4, 1e3, 1.0])
"""r and alpha_days: what a policy allows. A customer leaves at one order in ten thousand at least, and silence is trusted no more
than a Poisson buyer's (kappa 1): beyond that small histories are learnt by heart, and held-out customers are judged worse.
"""
DIGITS = 4
"""Significant digits of what is proposed."""


class Fitted(NamedTuple):
    """Parameters and their log loss on the rows that they were fitted on."""

    parameters: Parameters
    log_loss: float


def fit(
    observations: Observations,
    horizon_days: int,
    *,
    taus: Sequence[float] = TAUS,
    step: Callable[[Fitted], None] = lambda _: None,
) -> Fitted:
    """The best parameters; `step` is told the best of each tau."""
    best: Fitted | None = None
    for tau in taus:
        found = _fit_at(tau, observations, horizon_days)
        step(found)
        if best is None or found.log_loss < best.log_loss:
            best = found
    if best is None:
        raise ValueError("no tau to try")
    return best


def _fit_at(tau: float, observations: Observations, horizon_days: int) -> Fitted:
    seen = discounted(observations, tau)

    def loss(logs: Numbers) -> float:
        return _loss(Parameters(tau, *_values(logs)), seen, observations, horizon_days)

    options = {"xatol": 1e-3, "fatol": 1e-7, "maxiter": 600}
    found = [minimize(loss, np.log(start), method="Nelder-Mead", options=options) for start in STARTS]
    best = min(found, key=lambda each: float(each.fun))
    parameters = Parameters(tau, *(_rounded(value) for value in _values(best.x)))
    return Fitted(parameters, _loss(parameters, seen, observations, horizon_days))


def _loss(parameters: Parameters, seen: Discounted, observations: Observations, horizon_days: int) -> float:
    return log_loss(outlook(parameters, seen, horizon_days)[0], observations.none)


def _values(logs: Numbers) -> tuple[float, ...]:
    """The parameters behind their logs, kept inside what a policy allows."""
    return tuple(float(value) for value in np.clip(np.exp(np.clip(logs, -50, 50)), LEAST, MOST))


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
