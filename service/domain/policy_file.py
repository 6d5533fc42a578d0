"""The policy file: TOML in, a checked policy out. Every error names the key, what it holds and what is allowed."""

import tomllib
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from service.domain.policy import USUAL_FRAME, Frame, Policy, RfmRules
from service.domain.policy_risk import churn, lifecycle
from service.domain.policy_schemes import NAME, name, scheme
from service.domain.policy_table import Faults, Table, repeated

WEIGHTS = {"app-open": 1, "coupon-redeemed": 5, "share": 3}
LONGEST_DAYS = 36_500


class PolicyError(ValueError):
    """A policy that is refused; one line a fault, sorted by place."""


def parse_policy(text: str) -> Policy:
    """The policy of a file's text, all of it. PolicyError names every fault."""
    faults = Faults()
    try:
        policy = _policy(Table(tomllib.loads(text, parse_float=Decimal), "", faults), text)
    except RecursionError:
        raise PolicyError("not a policy: conditions are nested too deeply") from None
    # An integer of too many digits and an exponent that no Decimal has are no TOML errors for tomllib.
    except (ValueError, ArithmeticError) as error:
        raise PolicyError(f"not TOML: {str(error).splitlines()[0] if str(error) else type(error).__name__}") from error
    if lines := faults.lines():
        raise PolicyError("\n".join(lines))
    return policy


def _policy(top: Table, text: str) -> Policy:
    policy = Policy(
        name=name(top),
        version=top.integer("version", 1),
        frame=_frame(top.table("frame")),
        rfm=_rfm(top.table("rfm")) if "rfm" in top else None,
        schemes=tuple(scheme(table) for table in top.tables("scheme")),
        lifecycle=lifecycle(top.table("lifecycle")) if "lifecycle" in top else None,
        churn=churn(top.table("churn")) if "churn" in top else None,
        engagement=_engagement(top.table("engagement", optional=True)),
        text=text,
    )
    for twice in repeated(each.name for each in policy.schemes):
        top.fault("scheme", f"the name {twice} is there more than once, and each is allowed once")
    top.know("rfm", "lifecycle", "churn")
    top.close()
    return policy


def _frame(table: Table) -> Frame:
    late = table.integer("late_days", 1, 3650, default=USUAL_FRAME.late_days)
    horizon = table.integer("refund_horizon_days", 0, 3650, default=USUAL_FRAME.refund_horizon_days)
    keep = table.integer("keep_days", late + horizon, LONGEST_DAYS, default=USUAL_FRAME.keep_days)
    if keep < late + horizon and "keep_days" not in table:
        table.fault("keep_days", f"it is {keep} then, and late_days + refund_horizon_days, {late + horizon}, is the least")
    frame = Frame(
        time_zone=_time_zone(table),
        currency=table.text("currency", "[A-Z]{3}", "three capital letters (ISO 4217) are allowed"),
        late_days=late,
        refund_horizon_days=horizon,
        keep_days=keep,
        settle_minutes=table.integer("settle_minutes", 0, 1440, default=USUAL_FRAME.settle_minutes),
        count_zero_orders=table.boolean("count_zero_orders", default=USUAL_FRAME.count_zero_orders),
    )
    table.close()
    return frame


def _time_zone(table: Table) -> str:
    allowed = 'a name of the IANA time zone database, such as "Asia/Shanghai", is allowed'
    zone = table.text("time_zone", ".+", allowed, substitute="UTC")
    if zone not in _time_zones():
        table.fault("time_zone", allowed)
        return "UTC"
    return zone


@cache
def _time_zones() -> set[str]:
    return available_timezones()


def _rfm(table: Table) -> RfmRules:
    rules = RfmRules(
        window_days=table.integer("window_days", 1, LONGEST_DAYS),
        settle_days=table.integer("settle_days", 0, 365, default=21),
        recency_days=table.cut_points("recency_days"),
        orders=table.cut_points("orders"),
        spend_minor=table.cut_points("spend_minor"),
    )
    table.close()
    return rules


def _engagement(table: Table) -> dict[str, int]:
    if "weights" not in table:
        table.know("weights")
        table.close()
        return dict(WEIGHTS)
    weights = table.table("weights")
    table.close()
    found = {kind: weights.integer(kind, 0, 10**12) for kind in weights.content}
    for kind in found:
        weights.check_key(kind, NAME, "kinds of interaction are kebab-case")
    return found
