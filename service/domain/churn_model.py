"""The churn model: the probability of no order in the next days, and how many are expected.

Discounted NBD times a tempered chance of still being a customer (SPEC, "Churn risk"). Each purchase day counts
exp(-age/tau); with L the last, F0 the first purchase day, D the day that is asked, all in days:

    n_L = sum exp(-(L - d)/tau)      e_L = tau (1 - exp(-(L - F0 + 1)/tau))
    n   = n_L exp(-(D - L)/tau)      e   = tau (1 - exp(-(D - F0 + 1)/tau))
    p0     = (1 + H/(alpha + e)) ** -(r + n)
    silent = (1 + (D - L)/(alpha + e_L)) ** -(kappa (r + n_L))
    alive  = silent / (silent + omega)
    p_no_order = 1 - alive (1 - p0)            expected orders = alive (r + n) H / (alpha + e)
"""

from math import exp
from typing import Final, NamedTuple

from service.domain.policy import ChurnRules

_ROUNDING: Final = 1e-9
_MOST_BOUNDS: Final = 100_000


class Outlook(NamedTuple):
    """What the model says of a customer."""

    p_no_order: float
    expected_orders: float


def outlook(rules: ChurnRules, weight: float, first: int, last: int, day: int) -> Outlook:
    """The model, as of a day; `weight` is n_L, `first` and `last` are the first and last purchase day."""
    alive, rate, exposure = _odds(rules, weight, first, last, day)
    return Outlook(p_no_order(rules, weight, first, last, day), alive * rate * rules.horizon_days / exposure)


def p_no_order(rules: ChurnRules, weight: float, first: int, last: int, day: int) -> float:
    """The probability alone."""
    alive, rate, exposure = _odds(rules, weight, first, last, day)
    none_if_alive: float = (1 + rules.horizon_days / exposure) ** -rate
    return 1 - alive * (1 - none_if_alive)


def _odds(rules: ChurnRules, weight: float, first: int, last: int, day: int) -> tuple[float, float, float]:
    """alive, r + n, alpha + e."""
    tau, alpha, r, silence = rules.tau_days, rules.alpha_days, rules.r, day - last
    alive = 1.0
    if rules.omega:
        exposure_then = alpha + tau * (1 - exp(-(last - first + 1) / tau))
        silent = (1 + silence / exposure_then) ** -(rules.kappa * (r + weight)) if silence else 1.0
        alive = silent / (silent + rules.omega)
    return alive, r + weight * exp(-silence / tau), alpha + tau * (1 - exp(-(day - first + 1) / tau))


def stays_below(rules: ChurnRules, weight: float, tenure: int, silence: int, level: int) -> bool:
    """Whether p surely is below the next level's threshold after a silence; False: it has to be asked.

    `tenure`: days from the first to the last purchase day, both counted. Of customers who are about alike (their weight within
    a quarter, their tenure within a month) one bound is remembered for all, so a regular buyer's p is hardly ever computed.
    """
    about = (int(weight * 4), min(tenure // 32, 31), silence)
    found = rules.bounds.get(about)
    if found is None:
        if len(rules.bounds) >= _MOST_BOUNDS:
            rules.bounds.clear()
        found = rules.bounds[about] = _most(rules, about[0] / 4, (about[0] + 1) / 4, max(about[1] * 32, 1), silence)
    return found < rules.entered_at[level]


def _most(rules: ChurnRules, low: float, high: float, tenure: int, silence: int) -> float:
    """More than p of a weight within low .. high and at least this tenure.

    p falls with the chance of being a customer and rises with that of no order. The former falls with the weight and rises with
    the tenure; the latter falls with the weight and rises with the exposure, which never reaches tau.
    """
    tau, alpha, r = rules.tau_days, rules.alpha_days, rules.r
    exposure_then = alpha + tau * (1 - exp(-tenure / tau))
    silent: float = (1 + silence / exposure_then) ** -(rules.kappa * (r + high))
    alive = silent / (silent + rules.omega) if rules.omega else 1.0
    none_if_alive: float = (1 + rules.horizon_days / (alpha + tau)) ** -(r + low * exp(-silence / tau))
    return 1 - alive * (1 - none_if_alive) + _ROUNDING
