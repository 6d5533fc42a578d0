"""What is proposed: the whole `[churn]` section, as rules and as TOML."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace

import numpy as np

from service.domain.policy import ChurnRules
from service.domain.policy_risk import limit
from service.fitting.likelihood import Parameters
from service.fitting.observations import Numbers
from service.fitting.order_value import OrderValue

SHARES = {"medium": 0.5, "high": 0.75, "critical": 0.9}
"""The share of customers (at the cuts) whose probability lies below each level's threshold."""
STEP = 0.002
"""The least that two thresholds are apart."""
_MOST_MARGIN = 0.15


def proposed(before: ChurnRules, horizon_days: int, found: Parameters, value: OrderValue, p: Numbers) -> ChurnRules:
    """The rules before with all that history says put in; `p` are the probabilities at the cuts."""
    rules = replace(before, horizon_days=horizon_days, **found._asdict(), **value._asdict())
    thresholds = propose_thresholds(p, limit(rules))
    levels = [0.0, *thresholds.values()]
    narrowest = min(upper - lower for lower, upper in zip(levels, levels[1:], strict=False))
    return replace(rules, thresholds=thresholds, margin=_down(min(_MOST_MARGIN, narrowest / 2), 4))


def propose_thresholds(p: Numbers, most: float) -> dict[str, float]:
    """Half of the customers are low, a quarter medium, 15 % high, 10 % critical, as far as thresholds below `most` allow."""
    step = min(STEP, most / 8)
    found, ceiling = {}, most - step
    for level in reversed(SHARES):
        found[level] = min(float(np.quantile(p, SHARES[level])), ceiling)
        ceiling = found[level] - step
    floor = 0.0
    for level in SHARES:
        found[level] = floor = max(found[level], floor + step)
    return {level: _down(found[level], 4 if step == STEP else 12) for level in SHARES}


def toml(rules: ChurnRules, comments: Iterable[str]) -> str:
    """The section as it goes into a policy file."""
    lines = [f"# {comment}" for comment in comments]
    keys = [field.name for field in fields(rules) if field.init]
    return "\n".join([*lines, "[churn]", *(f"{key} = {_toml(getattr(rules, key))}" for key in keys)]) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }" if value else "{}"
    if isinstance(value, str):
        return json.dumps(value)
    return repr(value)


def _down(value: float, digits: int) -> float:
    return float(np.floor(value * 10**digits) / 10**digits)
