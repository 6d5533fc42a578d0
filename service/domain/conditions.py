"""Conditions of a policy: do they hold, what is missing, when may that change."""

from collections.abc import Iterator

from schemas.outbound import MeasureValue, Missing
from service.domain.calendar import NEVER
from service.domain.policy import Condition, Group, Measure
from service.domain.view import View
from service.domain.windows import Term, Window


def holds(condition: Condition, view: View) -> bool:
    """Whether a condition holds as a view sees the customer."""
    if isinstance(condition, Measure):
        return view.value(condition.measure, condition.window) >= condition.at_least
    lacks = condition.need
    for part in condition.of:
        if holds(part, view):
            lacks -= 1
            if not lacks:
                return True
    return False


def flips_on(condition: Condition, view: View) -> int:
    """A day no later than the first after the view's on which the condition changes if nothing happens."""
    if isinstance(condition, Measure):
        return view.flips_on(condition.measure, condition.window, condition.at_least)
    day = NEVER
    for part in condition.of:
        day = min(day, flips_on(part, view))
    return day


def leaves(condition: Condition | None) -> Iterator[Measure]:
    """The measures of a condition, in the order written."""
    if isinstance(condition, Measure):
        yield condition
    elif isinstance(condition, Group):
        for part in condition.of:
            yield from leaves(part)


def missing(condition: Condition, view: View) -> Missing | None:
    """What is missing for a condition, mirroring it whole; None when it holds."""
    return None if holds(condition, view) else _mirror(condition, view)


def _mirror(condition: Condition, view: View) -> Missing:
    if isinstance(condition, Group):
        return Missing(need=condition.need, of=[_mirror(part, view) for part in condition.of])
    short = max(0, condition.at_least - view.value(condition.measure, condition.window))
    return Missing(measure=condition.measure, missing=short, window=_text(condition))


def measured(conditions: list[Condition | None], view: View) -> list[MeasureValue]:
    """The values of all measures in the conditions but those over `term`, each (measure, window) once, in the order written."""
    found: dict[tuple[str, Window | None], MeasureValue] = {}
    for condition in conditions:
        for leaf in leaves(condition):
            key = (leaf.measure, leaf.window)
            if key not in found and not isinstance(leaf.window, Term):
                value = view.value(*key)
                found[key] = MeasureValue(measure=leaf.measure, value=value, window=_text(leaf))
    return list(found.values())


def _text(leaf: Measure) -> str | None:
    return leaf.window.text if leaf.window is not None else None
