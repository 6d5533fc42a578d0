"""Conditions of a policy file: measures over windows, and groups of them."""

import re

from service.domain.policy import Condition, Group, Measure
from service.domain.policy_table import Table
from service.domain.windows import Calendar, Lifetime, Rolling, Term, Window

MEASURES = ("spend_minor", "orders", "purchase_days", "margin_minor", "engagement", "tenure_days")
_GROUPS = ("all", "any", "of")
LONGEST_DAYS = 36_500
_ALLOWED = f'"rolling N" with N from 1 to {LONGEST_DAYS}, "calendar month", "calendar quarter", "calendar year" or "lifetime"'


def condition(table: Table, *, term: bool) -> Condition:
    """A condition; `term` says whether the window "term" is allowed, as only in keep of a term hold."""
    keys = [key for key in (*_GROUPS, "measure") if key in table]
    if len(keys) != 1:
        found = f"holds {' and '.join(keys)}" if keys else "holds no condition"
        table.faults.add(table.place, f"{found}: exactly one of measure, all, any, of is needed")
        table.ignore()
        return Group(1, ())
    return _measure(table, term=term) if keys == ["measure"] else _group(table, keys[0], term=term)


def _group(table: Table, key: str, *, term: bool) -> Group:
    parts = tuple(condition(part, term=term) for part in table.tables(key))
    if not parts:
        if table.content[key] == []:
            table.fault(key, "at least one condition is needed")
        table.ignore()
        return Group(1, ())
    need = {"all": len(parts), "any": 1}.get(key) or table.integer("at_least", 1, max(1, len(parts)))
    table.close()
    return Group(need, parts)


def _measure(table: Table, *, term: bool) -> Measure:
    measure = table.choice("measure", MEASURES)
    if measure == "tenure_days":
        window = None
        if "window" in table:
            table.fault("window", "tenure_days has no window")
    else:
        window = _window(table, term=term)
    at_least = table.integer("at_least", 1)
    table.close()
    return Measure(measure, window, at_least)


def _window(table: Table, *, term: bool) -> Window:
    text = table.text("window", ".+", f"allowed: {_ALLOWED}", substitute="lifetime")
    if text == "lifetime":
        return Lifetime()
    if text == "term" and term:
        return Term()
    if match := re.fullmatch("calendar (month|quarter|year)", text):
        return Calendar(match[1])
    if (match := re.fullmatch("rolling ([1-9][0-9]{0,4})", text)) and int(match[1]) <= LONGEST_DAYS:
        return Rolling(int(match[1]))
    table.fault("window", "allowed only in keep of a term hold" if text == "term" else f"allowed: {_ALLOWED}")
    return Lifetime()
