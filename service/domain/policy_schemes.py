"""Tier schemes of a policy file: holds, tiers, the limit of losses and the notice."""

from typing import Literal, cast

from service.domain.policy import MaxDowngrades, RollingHold, Scheme, TermHold, Tier
from service.domain.policy_conditions import condition
from service.domain.policy_table import LARGEST, Table, repeated

NAME = "[a-z0-9]+(-[a-z0-9]+)*"
MOST_DAYS = 1_000_000
"""More days than any rule needs, few enough that every date they lead to exists."""

MOST_MONTHS = 30_000
MONTH_START_CHECKS = 12
ON_LOSS = ("one-down", "recalculated", "to-base")
_LENGTHS = ("months", "days", "calendar_year")


def scheme(table: Table) -> Scheme:
    """One `[[scheme]]`."""
    scheme_name = name(table)
    hold = _hold(table.table("hold"))
    parts = table.tables("tier")
    tiers = tuple(_tier(part, base=number == 0, hold=hold) for number, part in enumerate(parts))
    if len(tiers) < 2 and isinstance(table.content.get("tier", []), list):
        table.fault("tier", "at least two tiers are needed, the base first")
    for twice in repeated(tier.name for tier in tiers):
        table.fault("tier", f"the name {twice} is there more than once, and each is allowed once")
    on_loss = cast(Literal["one-down", "recalculated", "to-base"], table.choice("on_loss", ON_LOSS, default="one-down"))
    downgrades = _max_downgrades(table.table("max_downgrades")) if "max_downgrades" in table else None
    notice = _notice_days(table, hold) if "notice_days" in table else None
    table.know("max_downgrades", "notice_days")
    table.close()
    return Scheme(scheme_name, tiers, hold, on_loss, downgrades, notice)


def name(table: Table) -> str:
    """The name of a policy, scheme or tier."""
    return table.text("name", f"(?=.{{1,64}}$){NAME}", "kebab-case of 1 to 64 characters is allowed")


def _tier(table: Table, *, base: bool, hold: RollingHold | TermHold) -> Tier:
    tier_name = name(table)
    if base:
        for key in ("entry", "keep"):
            if key in table:
                table.fault(key, "the base has no conditions")
        table.close()
        return Tier(tier_name)
    entry = condition(table.table("entry"), term=False)
    keep = condition(table.table("keep"), term=isinstance(hold, TermHold)) if "keep" in table else entry
    table.know("keep")
    table.close()
    return Tier(tier_name, entry, keep)


def _hold(table: Table) -> RollingHold | TermHold:
    kind = table.choice("kind", ("rolling", "term"))
    if table.content.get("kind") not in ("rolling", "term"):
        table.ignore()
        return RollingHold()
    found = _term(table) if kind == "term" else _rolling(table)
    table.close()
    return found


def _rolling(table: Table) -> RollingHold:
    check = cast(Literal["daily", "month-start"], table.choice("check", ("daily", "month-start"), default="daily"))
    most = MONTH_START_CHECKS if check == "month-start" else MOST_DAYS
    return RollingHold(table.integer("grace_days", 0, most, default=0), check)


def _term(table: Table) -> TermHold:
    given = [key for key in _LENGTHS if table.content.get(key, False) is not False]
    table.know(*_LENGTHS)
    if len(given) != 1:
        found = f"holds {' and '.join(given)}" if given else "has no length"
        table.faults.add(table.place, f"{found}: exactly one of {', '.join(_LENGTHS)} is needed")
    return TermHold(
        months=table.integer("months", 1, 120) if "months" in given else None,
        days=table.integer("days", 1, MOST_DAYS) if "days" in given else None,
        calendar_year=table.boolean("calendar_year", default=False),
        grace_days=table.integer("grace_days", 0, MOST_DAYS, default=0),
    )


def _max_downgrades(table: Table) -> MaxDowngrades:
    count = table.integer("count", 1)
    table.know("days", "months")
    if ("days" in table) == ("months" in table):
        found = "holds days and months" if "days" in table else "has no length"
        table.faults.add(table.place, f"{found}: exactly one of days, months is needed")
    days = table.integer("days", 1, MOST_DAYS) if "days" in table else None
    months = table.integer("months", 1, MOST_MONTHS) if "months" in table else None
    table.close()
    return MaxDowngrades(count, days, months)


def _notice_days(table: Table, hold: RollingHold | TermHold) -> int | None:
    most = _term_days(hold) - 1
    if most >= 1:
        return table.integer("notice_days", 1, min(most, MOST_DAYS))
    table.fault("notice_days", "a term of one day leaves no day for a notice")
    return None


def _term_days(hold: RollingHold | TermHold) -> int:
    """The length that a notice is measured by: a month as 28 days, a calendar year as 365; a rolling hold has no limit."""
    if isinstance(hold, RollingHold):
        return LARGEST
    if hold.calendar_year:
        return 365
    return hold.days or 28 * (hold.months or 120)
