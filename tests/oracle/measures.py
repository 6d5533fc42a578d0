"""The value of a measure at a moment, and whether and by how much a condition holds."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from tests.oracle.ledger import Ledger
from tests.oracle.programme import Programme

Condition = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """A day as its windows end on it, with what is known of days up to `known`."""

    day: date
    known: date
    ledger: Ledger
    programme: Programme
    term_from: date | None = None
    """The first day of the window `term`."""

    def on(self, day: date) -> "Moment":
        """Another day, with the same knowledge."""
        return replace(self, day=day)

    def end_of(self, day: date) -> "Moment":
        """The end of a day."""
        return replace(self, day=day, known=day)

    def of_term(self, first: date | None) -> "Moment":
        """The same moment in a term that began on a day."""
        return replace(self, term_from=first)


def first_day(window: str, moment: Moment) -> date:
    """The day a window begins on."""
    day = moment.day
    match window.split():
        case ["rolling", days]:
            return day - timedelta(days=int(days) - 1)
        case ["calendar", "month"]:
            return day.replace(day=1)
        case ["calendar", "quarter"]:
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case ["calendar", "year"]:
            return date(day.year, 1, 1)
        case ["lifetime"]:
            return date.min
        case ["term"] if moment.term_from is not None:
            return moment.term_from
    raise ValueError(window)


def value(measure: str, window: str | None, moment: Moment) -> int:
    """A measure over a window, at a moment."""
    ledger, known = moment.ledger, moment.known
    if window is None:
        bought = ledger.purchase_days(known)
        return (moment.day - bought[0]).days if bought else 0
    first, last = first_day(window, moment), min(moment.day, known)
    orders = [each for each in ledger.orders if first <= each[0] <= last]
    if measure == "orders":
        return len(orders)
    if measure == "purchase_days":
        return len({day for day, _, _ in orders})
    if measure == "margin_minor":
        return max(0, sum(margin for _, _, margin in orders))
    if measure == "spend_minor":
        back = sum(amount for day, amount in ledger.debits if first <= day <= last)
        return max(0, sum(spend for _, spend, _ in orders) - back)
    return sum(moment.programme.weights.get(kind, 0) for day, kind in ledger.interactions if first <= day <= last)


def parts(condition: Condition) -> tuple[int, list[Condition]]:
    """How many parts of a group have to hold, and the parts."""
    if "all" in condition:
        return len(condition["all"]), condition["all"]
    if "any" in condition:
        return 1, condition["any"]
    return condition["at_least"], condition["of"]


def holds(condition: Condition, moment: Moment) -> bool:
    """Whether a condition holds at a moment."""
    if "measure" in condition:
        return value(condition["measure"], condition.get("window"), moment) >= int(condition["at_least"])
    need, of = parts(condition)
    return sum(holds(part, moment) for part in of) >= need


def missing(condition: Condition, moment: Moment) -> Condition | None:
    """What is missing for a condition, None when it holds."""
    return None if holds(condition, moment) else _mirror(condition, moment)


def _mirror(condition: Condition, moment: Moment) -> Condition:
    if "measure" not in condition:
        need, of = parts(condition)
        return {"need": need, "of": [_mirror(part, moment) for part in of]}
    measure, window = condition["measure"], condition.get("window")
    lack = max(0, condition["at_least"] - value(measure, window, moment))
    return {"measure": measure, **({"window": window} if window else {}), "missing": lack}


def asked(condition: Condition) -> list[tuple[str, str | None]]:
    """The measures and windows of a condition, in the order written."""
    if "measure" in condition:
        return [(condition["measure"], condition.get("window"))]
    return [each for part in parts(condition)[1] for each in asked(part)]
