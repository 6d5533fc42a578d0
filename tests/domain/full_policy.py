"""A policy that has every key, as plain values; and the same with one value changed."""

import json
from copy import deepcopy
from typing import Any

from service.domain.policy_file import PolicyError, parse_policy

Place = tuple[str | int, ...]
"""Where a value stands: keys and numbers from the top."""

SPEND = {"measure": "spend_minor", "window": "rolling 365", "at_least": 5}
TENURE = {"measure": "tenure_days", "at_least": 5}
GOLD = {
    "name": "gold",
    "entry": {"all": [SPEND, {"any": [TENURE, SPEND]}]},
    "keep": {"at_least": 1, "of": [{"measure": "margin_minor", "window": "lifetime", "at_least": 1}]},
}
TIERS = [{"name": "base"}, GOLD, {"name": "top", "entry": SPEND}]
FULL: dict[str, Any] = {
    "name": "full",
    "version": 2,
    "frame": {
        "time_zone": "UTC",
        "currency": "EUR",
        "late_days": 1,
        "refund_horizon_days": 0,
        "keep_days": 36_500,
        "settle_minutes": 1,
        "count_zero_orders": False,
    },
    "rfm": {
        "window_days": 9,
        "settle_days": 1,
        "recency_days": [0, 1, 2, 3],
        "orders": [0, 1, 2, 3],
        "spend_minor": [0, 1, 2, 3],
    },
    "scheme": [
        {
            "name": "a",
            "hold": {"kind": "rolling", "grace_days": 1, "check": "daily"},
            "on_loss": "recalculated",
            "max_downgrades": {"count": 1, "days": 1},
            "notice_days": 9,
            "tier": TIERS,
        },
        {
            "name": "b",
            "hold": {"kind": "term", "months": 1, "grace_days": 1},
            "max_downgrades": {"count": 1, "months": 1},
            "tier": [*TIERS, {"name": "term", "entry": SPEND, "keep": {**SPEND, "window": "term"}}],
        },
        {"name": "c", "hold": {"kind": "term", "days": 9}, "tier": TIERS},
        {"name": "d", "hold": {"kind": "term", "calendar_year": True}, "tier": TIERS},
    ],
    "lifecycle": {
        "typical_gap_days": 5,
        "dormant": {"gaps": 1.5, "min_days": 1, "max_days": 1_000_000},
        "churned": {"gaps": 2, "min_days": 1, "max_days": 1_000_000},
        "loyal": {"entry": SPEND, "keep": TENURE},
        "won_back_days": 5,
    },
    "churn": {
        "horizon_days": 9,
        "tau_days": 9.5,
        "r": 0.5,
        "alpha_days": 0.5,
        "omega": 0.5,
        "kappa": 0.5,
        "thresholds": {"medium": 0.3, "high": 0.5, "critical": 0.7},
        "margin": 0.1,
        "floors": {"dormant": "medium", "new": "high"},
        "mean_order_minor": 5,
        "weight": 2.5,
        "unhappy_score": 2,
        "unhappy_days": 5,
        "complaint_days": 5,
    },
    "engagement": {"weights": {"share": 3, "app-open": 0}},
}


def toml(value: Any) -> str:
    """A value as TOML; tables inline."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def text_of(content: dict[str, Any]) -> str:
    """A policy file of this content."""
    return "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in content.items())


def accepted(content: dict[str, Any]) -> bool:
    """Whether the checks accept a file of this content."""
    try:
        parse_policy(text_of(content))
    except PolicyError:
        return False
    return True


def changed(place: Place, value: Any, content: dict[str, Any] = FULL) -> dict[str, Any]:
    """A copy with another value at one place; None takes it away."""
    content = deepcopy(content)
    inner: Any = content
    for step in place[:-1]:
        inner = inner[step]
    if value is None:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return content
