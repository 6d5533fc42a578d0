"""The churn model over many customers at once; the formulas are those of service/domain/churn.py, line by line."""

from typing import NamedTuple

import numpy as np

from service.fitting.observations import Marks, Numbers, Observations


class Parameters(NamedTuple):
    """What is fitted; see the policy file's `[churn]`."""

    tau_days: float
    r: float
    alpha_days: float
    omega: float
    kappa: float


class Discounted(NamedTuple):
    """All of the model that depends on tau alone: purchase days and days of exposure, as of the last purchase and of the cut."""

    silence: Numbers
    weight_then: Numbers
    weight: Numbers
    exposure_then: Numbers
    exposure: Numbers


def discounted(observations: Observations, tau_days: float) -> Discounted:
    """n_L, n, e_L and e of every row."""
    silence, tenure, weight = observations.silence, observations.tenure, observations.weight(tau_days)
    return Discounted(
        silence,
        weight,
        weight * np.exp(-silence / tau_days),
        tau_days * (1 - np.exp(-(tenure - silence + 1) / tau_days)),
        tau_days * (1 - np.exp(-(tenure + 1) / tau_days)),
    )


def outlook(parameters: Parameters, seen: Discounted, horizon_days: int) -> tuple[Numbers, Numbers]:
    """The probability of no order in the days after the cut, and the expected orders; `seen` has the parameters' tau."""
    _, r, alpha, omega, kappa = parameters
    silent = (1 + seen.silence / (alpha + seen.exposure_then)) ** -(kappa * (r + seen.weight_then))
    alive = silent / (silent + omega) if omega else np.ones_like(silent)
    exposure, counted = alpha + seen.exposure, r + seen.weight
    none_if_alive = (1 + horizon_days / exposure) ** -counted
    return 1 - alive * (1 - none_if_alive), alive * counted * horizon_days / exposure


def p_no_order(parameters: Parameters, observations: Observations, horizon_days: int) -> Numbers:
    """The probability of no order in the days after the cut, of every row."""
    return outlook(parameters, discounted(observations, parameters.tau_days), horizon_days)[0]


def log_loss(p: Numbers, none: Marks) -> float:
    """Mean of minus the log of the probability that was given to what happened; probabilities are kept 1e-9 off 0 and 1."""
    kept = np.clip(p, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.log(np.where(none, kept, 1 - kept))))
