"""The policy file: TOML in, a checked policy out. Every error names the key, what it holds and what is allowed."""

import re
import tomllib
from dataclasses import MISSING, fields
from decimal import Decimal
from typing import Literal
from zoneinfo import available_timezones

from service.domain.policy import (
    Condition,
    Frame,
    Group,
    MaxDowngrades,
    Measure,
    Policy,
    RfmRules,
    RollingHold,
    Scheme,
    TermHold,
    Tier,
)
from service.domain.policy_table import Table
from service.domain.windows import Calendar, Lifetime, Rolling, Term, Window

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MEASURES = ("spend_minor", "orders", "purchase_days", "margin_minor", "engagement", "tenure_days")
_NOT_EVALUATED_YET = ("lifecycle", "churn")


class PolicyError(Exception):
    """A policy that is refused; one line a fault."""


def parse_policy(text: str) -> Policy:
    """The policy of a file's text; PolicyError names every fault, in the order of the file's sections."""
    try:
        content = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"not TOML: {error}") from error
    faults: list[str] = []
    policy = _policy(Table(content, "", faults), text)
    if faults:
        raise PolicyError("\n".join(faults))
    return policy


def _policy(top: Table, text: str) -> Policy:
    policy = Policy(
        name=_name(top),
        version=top.integer("version", 1),
        frame=_frame(top.table("frame")),
        rfm=_rfm(top.table("rfm")) if "rfm" in top.content else None,
        schemes=tuple(_scheme(table) for table in top.tables("scheme")),
        lifecycle=None,
        churn=None,
        engagement=_weights(top),
        text=text,
    )
    _unique(top, "scheme", [scheme.name for scheme in policy.schemes])
    for section in _NOT_EVALUATED_YET:
        if section in top.content:
            top.fault(section, "is not evaluated by this version of the service: leave the section out")
            top.used.add(section)
    top.close()
    return policy


def _frame(table: Table) -> Frame:
    defaults = {each.name: each.default for each in fields(Frame) if each.default is not MISSING}
    zone = table.text("time_zone")
    if zone and zone not in available_timezones():
        table.fault("time_zone", f"is {zone!r}: a name of the IANA time zone database is allowed")
        zone = "UTC"
    currency = table.text("currency")
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        table.fault("currency", f"is {currency!r}: three capital letters (ISO 4217) are allowed")
    late = table.integer("late_days", 1, 3650, default=defaults["late_days"])
    horizon = table.integer("refund_horizon_days", 0, 3650, default=defaults["refund_horizon_days"])
    frame = Frame(
        time_zone=zone or "UTC",
        currency=currency,
        late_days=late,
        refund_horizon_days=horizon,
        keep_days=table.integer("keep_days", late + horizon, 36_500, default=defaults["keep_days"]),
        settle_minutes=table.integer("settle_minutes", 0, 1440, default=defaults["settle_minutes"]),
        count_zero_orders=table.boolean("count_zero_orders", default=True),
    )
    if frame.keep_days < late + horizon and "keep_days" not in table.content:
        table.fault("keep_days", f"is left out and then {frame.keep_days}: at least late_days + refund_horizon_days is needed")
    table.close()
    return frame


def _rfm(table: Table) -> RfmRules:
    rules = RfmRules(
        window_days=table.integer("window_days", 1, 36_500),
        settle_days=table.integer("settle_days", 0, 365, default=21),
        recency_days=table.cut_points("recency_days"),
        orders=table.cut_points("orders"),
        spend_minor=table.cut_points("spend_minor"),
    )
    table.close()
    return rules


def _scheme(table: Table) -> Scheme:
    name = _name(table)
    hold = _hold(table.table("hold"))
    tiers = tuple(_tier(each, base=number == 0) for number, each in enumerate(table.tables("tier")))
    if len(tiers) < 2:
        table.fault("tier", f"there are {len(tiers)}: at least two are needed, base first")
    _unique(table, "tier", [tier.name for tier in tiers])
    for key in ("max_downgrades", "notice_days"):
        if key in table.content:
            table.fault(key, "is not evaluated by this version of the service: leave it out")
            table.used.add(key)
    on_loss = table.choice("on_loss", ("one-down", "recalculated", "to-base"), default="one-down")
    table.close()
    downgrades: MaxDowngrades | None = None
    return Scheme(name=name, tiers=tiers, hold=hold, on_loss=on_loss, max_downgrades=downgrades)  # type: ignore[arg-type]


def _hold(table: Table) -> RollingHold | TermHold:
    kind = table.choice("kind", ("rolling", "term"))
    if kind == "term":
        table.fault("kind", "is 'term': only rolling holds are evaluated by this version of the service")
        table.used.update(table.content)
        return TermHold()
    check = table.choice("check", ("daily", "month-start"), default="daily")
    most = 12 if check == "month-start" else 36_500
    grace = table.integer("grace_days", 0, most, default=0)
    table.close()
    literal: Literal["daily", "month-start"] = "month-start" if check == "month-start" else "daily"
    return RollingHold(grace_days=grace, check=literal)


def _tier(table: Table, *, base: bool) -> Tier:
    name = _name(table)
    if base:
        for key in ("entry", "keep"):
            if key in table.content:
                table.fault(key, "the base tier has no conditions")
                table.used.add(key)
        table.close()
        return Tier(name)
    entry = _condition(table.table("entry"))
    keep = _condition(table.table("keep")) if "keep" in table.content else entry
    table.close()
    return Tier(name, entry, keep)


def _condition(table: Table) -> Condition:
    groups = [key for key in ("all", "any", "of") if key in table.content]
    if not groups:
        return _measure(table)
    key = groups[0]
    parts = tuple(_condition(part) for part in table.tables(key))
    if not parts:
        table.fault(key, "is empty: at least one condition is needed")
    need = {"all": len(parts), "any": 1}.get(key) or table.integer("at_least", 1, max(1, len(parts)))
    table.close()
    return Group(need, parts)


def _measure(table: Table) -> Measure:
    measure = table.choice("measure", _MEASURES)
    window = None if measure == "tenure_days" else _window(table)
    at_least = table.integer("at_least", 1)
    table.close()
    return Measure(measure, window, at_least)


def _window(table: Table) -> Window:
    text = table.text("window")
    if text == "lifetime":
        return Lifetime()
    if match := re.fullmatch(r"calendar (month|quarter|year)", text):
        return Calendar(match[1])
    if (match := re.fullmatch(r"rolling ([1-9][0-9]{0,4})", text)) and int(match[1]) <= 36_500:
        return Rolling(int(match[1]))
    if text == "term":
        table.fault("window", "is 'term': allowed only in keep of a term hold")
        return Term()
    if text:
        table.fault("window", f"is {text!r}: 'rolling N' (1..36500), 'calendar month|quarter|year' or 'lifetime' is allowed")
    return Lifetime()


def _weights(top: Table) -> dict[str, int]:
    section = top.table("engagement", optional=True)
    table = section.table("weights", optional=True)
    weights = {kind: table.integer(kind, 0) for kind in table.content}
    for kind in weights:
        if not _NAME.fullmatch(kind):
            table.fault(kind, "a kind of interaction is kebab-case")
    section.close()
    return weights or ({} if section.content else {"app-open": 1, "coupon-redeemed": 5, "share": 3})


def _name(table: Table) -> str:
    name = table.text("name")
    if name and (not _NAME.fullmatch(name) or len(name) > 64):
        table.fault("name", f"is {name!r}: kebab-case of 1 to 64 characters is allowed")
    return name


def _unique(table: Table, key: str, names: list[str]) -> None:
    for name in {name for name in names if names.count(name) > 1}:
        table.fault(key, f"the name {name!r} is used {names.count(name)} times")
