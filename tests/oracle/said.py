"""Announcements as plain dicts: what is said about a change of name."""

from datetime import date
from typing import Any

from tests.oracle import churn, outlook, segment, stage
from tests.oracle.ladder import Held, Scheme
from tests.oracle.measures import Moment, asked, value
from tests.oracle.programme import CHURN, TYPICAL_GAP

Data = dict[str, Any]
FIGURES = ("r", "f", "m", "recency_days", "orders", "spend_minor")
NUMBERS = ("p_no_order", "horizon_days", "days_since_last_order", "typical_gap_days", "expected_orders", "expected_value_minor")


def iso(day: date | None) -> str | None:
    """A date as it is written."""
    return None if day is None else day.isoformat()


def tier_changed(scheme: Scheme, before: str | None, ladder: list[str], held: Held, moment: Moment, occasion: Data) -> Data:
    """tier.changed.v1; `ladder` is the scheme as it was when `before` was announced."""
    names = [tier["name"] for tier in scheme["tier"]]
    said = {
        "scheme": scheme["name"],
        "from_tier": before,
        "to_tier": names[held.tier],
        "direction": "enrolled" if before is None else _direction(before, names[held.tier], ladder, names),
        "effective_on": iso(moment.day),
        "held_until": iso(held.held_until),
        "measures": _measured(scheme, [before, names[held.tier]], moment),
        **tier_outlook(scheme, held, moment),
        **closed(occasion, moment),
    }
    return said | ({"reason": "enrolled"} if before is None else {})


def _direction(before: str, now: str, old: list[str], new: list[str]) -> str:
    """On the new ladder, or on the old one if the new one has lost a tier; place by place if neither has both."""
    ladder = new if before in new else old
    rank = ladder.index(now) if now in ladder else new.index(now)
    return "up" if rank > ladder.index(before) else "down"


def closed(occasion: Data, moment: Moment) -> Data:
    """What all changes end with."""
    return {"reason": occasion["reason"], "cause": occasion["cause"], "policy": moment.programme.label}


def tier_outlook(scheme: Scheme, held: Held, moment: Moment) -> Data:
    """`next` and `keep`."""
    coming = outlook.keep(scheme, held, moment)
    keep = None if coming is None else {"check_on": iso(coming.check_on), "missing": coming.missing}
    return {"next": outlook.next_tier(scheme, held, moment), "keep": keep}


def _measured(scheme: Scheme, names: list[str | None], moment: Moment) -> list[Data]:
    tiers = {tier["name"]: tier for tier in scheme["tier"][1:]}
    pairs = [pair for name in names if name in tiers for key in ("entry", "keep") for pair in asked(tiers[name][key])]
    found = []
    for measure, window in dict.fromkeys(pairs):
        if window != "term":
            shown = {"measure": measure, "value": value(measure, window, moment)}
            found.append(shown | ({"window": window} if window else {}))
    return found


def tier_expiring(scheme: Scheme, held: Held, coming: outlook.Keep, moment: Moment) -> Data:
    """tier.expiring.v1"""
    return {
        "scheme": scheme["name"],
        "tier": scheme["tier"][held.tier]["name"],
        "check_on": iso(coming.check_on),
        "missing": coming.missing,
        "policy": moment.programme.label,
    }


def segment_changed(before: str | None, now: str | None, moment: Moment, occasion: Data) -> Data:
    """segment.changed.v1"""
    found = segment.figures(moment) if now is not None else dict.fromkeys(segment.FIELDS)
    shown = {name: found[name] for name in FIGURES}
    return {"from_segment": before, "to_segment": now, **shown, "effective_on": iso(moment.day), **closed(occasion, moment)}


def lifecycle_changed(before: str | None, now: str, moment: Moment, occasion: Data) -> Data:
    """lifecycle.changed.v1"""
    return {"from_stage": before, "to_stage": now, "effective_on": iso(moment.day), **closed(occasion, moment)}


def churn_risk_changed(before: str | None, now: str | None, moment: Moment, occasion: Data) -> Data:
    """churn.risk-changed.v1"""
    rules, levels = moment.programme.churn or CHURN, churn.LEVELS
    numbers: Data = dict.fromkeys(NUMBERS) | {"horizon_days": rules["horizon_days"]}
    if now is not None:
        bought = moment.ledger.purchase_days(moment.known)
        gap = float(stage.typical_gap(bought, moment.programme.lifecycle or {"typical_gap_days": TYPICAL_GAP}))
        numbers |= churn.numbers(moment) or {}
        numbers |= {"days_since_last_order": (moment.day - bought[-1]).days, "typical_gap_days": gap}
    direction = None
    if before is not None and now is not None:
        direction = "up" if levels.index(now) > levels.index(before) else "down"
    named = {"from_level": before, "to_level": now, "direction": direction}
    return {**named, **numbers, "effective_on": iso(moment.day), **closed(occasion, moment)}
