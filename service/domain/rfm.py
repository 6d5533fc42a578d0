"""Recency, frequency, monetary value: scores by cut points, and the segment, which settles before it moves down.

Scores are those of the R package `rfm`: bins closed on the right. The segment table is a partition of the 125 cells.
"""

from bisect import bisect_left
from typing import NamedTuple

from msgspec import Struct, structs

from service.domain.calendar import NEVER
from service.domain.policy import RfmRules
from service.domain.segments import SEGMENT_OF
from service.domain.view import View
from service.domain.windows import Rolling


class Scores(NamedTuple):
    """R, F and M, 1..5, higher is better; all 0 while there is no counted order."""

    r: int
    f: int
    m: int


NO_SCORES = Scores(0, 0, 0)


class Figures(NamedTuple):
    """What is shown of recency, frequency and monetary value; all None while there is no counted order."""

    recency_days: int | None = None
    orders: int | None = None
    spend_minor: int | None = None
    purchase_days: int | None = None
    r: int | None = None
    f: int | None = None
    m: int | None = None


NO_FIGURES = Figures()


class SegmentState(Struct, frozen=True, gc=False):
    """What the segment rule carries from day to day."""

    segment: str | None = None
    differed: int = 0
    """At how many successive openings the current segment differed from the shown one."""
    opening: Scores = NO_SCORES
    """The scores at the last opening."""


def scores(view: View, rules: RfmRules) -> Scores:
    """The customer's scores, each from four cut points."""
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NO_SCORES
    window = Rolling(rules.window_days)
    orders = view.value("orders", window)
    if not orders:
        return Scores(1, 1, 1)
    return Scores(
        r=5 - bisect_left(rules.recency_days, view.day - last),
        f=1 + bisect_left(rules.orders, orders),
        m=1 + bisect_left(rules.spend_minor, view.value("spend_minor", window)),
    )


def figures(view: View, rules: RfmRules) -> Figures:
    """The customer's figures in the policy's window."""
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NO_FIGURES
    window = Rolling(rules.window_days)
    return Figures(
        view.day - last,
        view.value("orders", window),
        view.value("spend_minor", window),
        view.value("purchase_days", window),
        *scores(view, rules),
    )


def opening(state: SegmentState, view: View, rules: RfmRules, skipped: int) -> SegmentState:
    """Midnight; `skipped` days since the last closing on which nothing changed."""
    now = scores(view, rules)
    current = SEGMENT_OF[now]
    if current == state.segment:
        return SegmentState(current, 0, now)
    differed = 1 + (state.differed + skipped if state.differed else 0)
    if differed >= rules.settle_days or current is None or state.segment is None:
        return SegmentState(current, 0, now)
    return SegmentState(state.segment, differed, now)


def closing(state: SegmentState, view: View, rules: RfmRules) -> SegmentState:
    """The day's end, with all that is known of the day."""
    now = scores(view, rules)
    current = SEGMENT_OF[now]
    if current == state.segment:
        return structs.replace(state, differed=0)
    risen = any(at_closing > at_opening for at_closing, at_opening in zip(now, state.opening, strict=True))
    if risen or current is None or state.segment is None or rules.settle_days == 0:
        return structs.replace(state, segment=current, differed=0)
    return state


def next_change(state: SegmentState, view: View, rules: RfmRules) -> int:
    """A day no later than the first after a closing on which F, M or the settling changes; recency has its own."""
    if view.facts.purchases.last_day(view.known) is None:
        return NEVER
    now = scores(view, rules)
    differs = SEGMENT_OF[now] != state.segment
    if differs != (state.differed > 0):
        return view.day + 1
    days = [view.day + rules.settle_days - state.differed] if differs else []
    window = Rolling(rules.window_days)
    days.append(view.flips_on("orders", window, (0, *rules.orders)[now.f - 1] + 1))
    days.append(view.flips_on("spend_minor", window, (0, *rules.spend_minor)[now.m - 1] + 1))
    return min(days)


def recency_falls_on(view: View, rules: RfmRules) -> int:
    """The first day after the view's on which the recency score falls if nothing happens."""
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NEVER
    return next((last + cut + 1 for cut in rules.recency_days if last + cut >= view.day), NEVER)
