"""Recency, frequency, monetary value: scores by cut points, and the segment, which settles before it moves down.

Scores are those of the R package `rfm`: bins closed on the right. The segment table is a partition of the 125 cells.
"""

from bisect import bisect_left
from typing import Final, NamedTuple

from msgspec import Struct

from service.domain.calendar import NEVER
from service.domain.policy import RfmRules
from service.domain.segments import SEGMENT_OF
from service.domain.view import View


class Scores(NamedTuple):
    """R, F and M, 1..5, higher is better; all 0 while there is no counted order."""

    r: int
    f: int
    m: int


NO_SCORES: Final = Scores(0, 0, 0)


class Figures(NamedTuple):
    """What is shown of recency, frequency and monetary value; all None while there is no counted order."""

    recency_days: int | None = None
    orders: int | None = None
    spend_minor: int | None = None
    purchase_days: int | None = None
    r: int | None = None
    f: int | None = None
    m: int | None = None


NO_FIGURES: Final = Figures()


class SegmentState(Struct, frozen=True, gc=False):
    """What the segment rule carries from day to day."""

    segment: str | None = None
    differed: int = 0
    """At how many successive openings the current segment differed from the shown one."""
    opening: Scores = NO_SCORES
    """The scores at the last opening."""


NO_SEGMENT: Final = SegmentState()


def scores(view: View, rules: RfmRules) -> Scores:
    """The customer's scores, each from four cut points."""
    found = view.scores
    if found is None:
        found = view.scores = _scores(view, rules)
    return found


def _scores(view: View, rules: RfmRules) -> Scores:
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NO_SCORES
    orders = view.value("orders", rules.window)
    if not orders:
        return Scores(1, 1, 1)
    recency = 5 - bisect_left(rules.recency_days, view.day - last)
    spend_minor = view.value("spend_minor", rules.window)
    return Scores(recency, 1 + bisect_left(rules.orders, orders), 1 + bisect_left(rules.spend_minor, spend_minor))


def figures(view: View, rules: RfmRules) -> Figures:
    """The customer's figures in the policy's window."""
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NO_FIGURES
    return Figures(
        view.day - last,
        view.value("orders", rules.window),
        view.value("spend_minor", rules.window),
        view.value("purchase_days", rules.window),
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
    now, before = scores(view, rules), state.opening
    current = SEGMENT_OF[now]
    if current == state.segment:
        return state if state.differed == 0 else SegmentState(current, 0, before)
    risen = now.r > before.r or now.f > before.f or now.m > before.m
    if risen or current is None or state.segment is None or rules.settle_days == 0:
        return SegmentState(current, 0, before)
    return state


def next_change(state: SegmentState, view: View, rules: RfmRules) -> int:
    """A day no later than the first after a closing on which F, M or the settling changes; recency has its own."""
    if view.facts.purchases.last_day(view.known) is None:
        return NEVER
    now = scores(view, rules)
    differs = SEGMENT_OF[now] != state.segment
    if differs != (state.differed > 0):
        return view.day + 1
    settled = view.day + rules.settle_days - state.differed if differs else NEVER
    orders_fall = view.flips_on("orders", rules.window, _cut_below(rules.orders, now.f) + 1)
    return min(settled, min(orders_fall, view.flips_on("spend_minor", rules.window, _cut_below(rules.spend_minor, now.m) + 1)))


def recency_falls_on(view: View, rules: RfmRules) -> int:
    """The first day after the view's on which the recency score falls if nothing happens."""
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NEVER
    for cut in rules.recency_days:
        if last + cut >= view.day:
            return last + cut + 1
    return NEVER


def _cut_below(cuts: tuple[int, ...], score: int) -> int:
    """The cut point that the score lies above."""
    return cuts[score - 2] if score > 1 else 0
