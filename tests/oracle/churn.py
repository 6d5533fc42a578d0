"""The churn risk: the model, the level that does not flap, and what raises it."""

from datetime import date, timedelta
from math import exp
from typing import Any, NamedTuple

from tests.oracle.measures import Moment, value

LEVELS = ("low", "medium", "high", "critical")


class Risk(NamedTuple):
    """The chance of no order within the horizon, and how many orders are expected in it."""

    p_no_order: float
    expected_orders: float


def risk(moment: Moment) -> Risk | None:
    """None without an order that counts, or without churn in the policy."""
    rules, bought = moment.programme.churn, moment.ledger.purchase_days(moment.known)
    if rules is None or not bought:
        return None
    tau, r, alpha, horizon = (rules[key] for key in ("tau_days", "r", "alpha_days", "horizon_days"))

    def seen(from_day: date) -> tuple[float, float]:
        purchases = sum(exp(-(from_day - day).days / tau) for day in bought)
        return purchases, tau * (1 - exp(-((from_day - bought[0]).days + 1) / tau))

    n, e = seen(moment.day)
    n_last, e_last = seen(bought[-1])
    silence = (moment.day - bought[-1]).days
    p0 = (1 + horizon / (alpha + e)) ** -(r + n)
    silent = (1 + silence / (alpha + e_last)) ** -(rules["kappa"] * (r + n_last))
    alive = silent / (silent + rules["omega"])
    return Risk(1 - alive * (1 - p0), alive * (r + n) * horizon / (alpha + e))


def level(before: int | None, moment: Moment) -> int | None:
    """The level by the chance alone: up at a threshold, down a margin below it."""
    rules, found = moment.programme.churn, risk(moment)
    if rules is None or found is None:
        return None
    thresholds = [0.0, *(rules["thresholds"][name] for name in LEVELS[1:])]
    reached = max(number for number, threshold in enumerate(thresholds) if number == 0 or threshold <= found.p_no_order)
    if before is None or reached > before:
        return reached
    margin = rules["margin"]
    held = [number for number in range(1, before + 1) if thresholds[number] - margin <= found.p_no_order]
    return max(held, default=0)


def shown(on_chance: int | None, stage: str | None, moment: Moment) -> str | None:
    """The level that is shown: floors of the stage, one more for somebody who is unhappy."""
    rules = moment.programme.churn
    if rules is None or on_chance is None:
        return None
    floor = LEVELS.index(rules["floors"].get(stage, "low"))
    raised = max(on_chance, floor) + (_complains(rules, moment) or _is_unhappy(rules, moment))
    return LEVELS[min(raised, len(LEVELS) - 1)]


def _complains(rules: dict[str, Any], moment: Moment) -> bool:
    last = timedelta(days=rules["complaint_days"])
    ledger = moment.ledger
    for complaint, given in ledger.complaints.items():
        resolved = ledger.resolutions.get(complaint, date.max)
        is_resolved = resolved <= min(moment.known, moment.day)
        if given <= moment.known and given <= moment.day < given + last and not is_resolved:
            return True
    return False


def _is_unhappy(rules: dict[str, Any], moment: Moment) -> bool:
    last = timedelta(days=rules["unhappy_days"])
    return any(
        score <= rules["unhappy_score"] and day <= moment.known and day <= moment.day < day + last
        for day, score in moment.ledger.ratings
    )


def open_complaints(moment: Moment) -> int:
    """Complaints that are given and not resolved, however old."""
    ledger = moment.ledger
    return sum(
        given <= moment.day and ledger.resolutions.get(complaint, date.max) > moment.day
        for complaint, given in ledger.complaints.items()
    )


def numbers(moment: Moment) -> dict[str, Any] | None:
    """The numbers of the risk as they are written."""
    rules, found = moment.programme.churn, risk(moment)
    if rules is None or found is None:
        return None
    spend, orders = value("spend_minor", "lifetime", moment), value("orders", "lifetime", moment)
    each = (spend + rules["mean_order_minor"] * rules["weight"]) / (orders + rules["weight"])
    return {
        "p_no_order": round(found.p_no_order, 6),
        "horizon_days": rules["horizon_days"],
        "expected_orders": round(found.expected_orders, 4),
        "expected_value_minor": int(found.expected_orders * each + 0.5),
    }
