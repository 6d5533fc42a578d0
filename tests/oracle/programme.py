"""A policy file as plain dicts, with the values that left-out keys have."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

FRAME = {
    "late_days": 90,
    "refund_horizon_days": 90,
    "keep_days": 400,
    "settle_minutes": 120,
    "count_zero_orders": True,
}
TYPICAL_GAP = 21
DORMANT = {"gaps": Decimal("3.0"), "min_days": 21, "max_days": 120}
CHURNED = {"gaps": Decimal("6.0"), "min_days": 60, "max_days": 365}
CHURN = {
    "horizon_days": 30,
    "tau_days": 45.0,
    "r": 0.594,
    "alpha_days": 0.1,
    "omega": 0.0032,
    "kappa": 0.47,
    "margin": 0.15,
    "floors": {"dormant": "medium", "churned": "high"},
    "mean_order_minor": 2500,
    "weight": 3.0,
    "unhappy_score": 2,
    "unhappy_days": 14,
    "complaint_days": 30,
}
THRESHOLDS = {"medium": 0.35, "high": 0.6, "critical": 0.85}
WEIGHTS = {"app-open": 1, "coupon-redeemed": 5, "share": 3}


@dataclass(frozen=True)
class Programme:
    """One version of a policy. A section that a file does not have is None; `frame` has no gaps."""

    label: str
    version: int
    zone: ZoneInfo
    frame: dict[str, Any]
    rfm: dict[str, Any] | None
    schemes: list[dict[str, Any]]
    lifecycle: dict[str, Any] | None
    churn: dict[str, Any] | None
    weights: dict[str, int]


def programme(text: str) -> Programme:
    """The programme of a valid policy file."""
    file = tomllib.loads(text, parse_float=Decimal)
    return Programme(
        label=f"{file['name']}@{file['version']}",
        version=file["version"],
        zone=ZoneInfo(file["frame"]["time_zone"]),
        frame=FRAME | file["frame"],
        rfm={"settle_days": 21} | file["rfm"] if "rfm" in file else None,
        schemes=[_scheme(each) for each in file.get("scheme", [])],
        lifecycle=_lifecycle(file["lifecycle"]) if "lifecycle" in file else None,
        churn=_churn(file["churn"]) if "churn" in file else None,
        weights=file.get("engagement", {}).get("weights", WEIGHTS),
    )


def _scheme(file: dict[str, Any]) -> dict[str, Any]:
    tiers = [{**tier, "keep": tier.get("keep", tier.get("entry"))} for tier in file["tier"]]
    defaults = {"on_loss": "one-down", "max_downgrades": None, "notice_days": None}
    return {**defaults, **file, "tier": tiers, "hold": {"grace_days": 0, "check": "daily", **file["hold"]}}


def _lifecycle(file: dict[str, Any]) -> dict[str, Any]:
    loyal = file.get("loyal", {})
    entry = loyal.get("entry")
    return {
        "typical_gap_days": file.get("typical_gap_days", TYPICAL_GAP),
        "dormant": DORMANT | file.get("dormant", {}),
        "churned": CHURNED | file.get("churned", {}),
        "loyal": {"entry": entry, "keep": loyal.get("keep", entry)},
        "won_back_days": file.get("won_back_days", 90),
    }


def _churn(file: dict[str, Any]) -> dict[str, Any]:
    given = {key: float(value) if isinstance(value, Decimal) else value for key, value in file.items()}
    thresholds = {level: float(value) for level, value in (THRESHOLDS | file.get("thresholds", {})).items()}
    return {**CHURN, **given, "thresholds": thresholds}
