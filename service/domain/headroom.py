"""Headroom: what a customer may still gain before a tier or the segment can have a new name.

Few events change a name. After a derivation in full it is known how far every measure is from the next threshold, and until
which day nothing falls. While gains stay below that, the derivation in full would find the same tiers and the same segment,
so it is left out; stage and churn risk are asked at every purchase all the same.

This holds for customers whose measures only rise by events and only fall by time: no refunds without an order are kept, no
rule asks for the margin, nobody complained or rated, the last purchase scores 5, no check has failed, no term is over, and
the segment shown is the current one. All others are derived in full every time, and those who have a notice.
"""

from collections.abc import Iterator
from typing import NamedTuple

from service.domain import churn, conditions, rfm, term_hold
from service.domain.policy import Condition, Policy, Scheme
from service.domain.rfm import NO_SCORES, Scores
from service.domain.segments import SEGMENT_OF
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.view import View
from service.domain.windows import Rolling

PLENTY = 1 << 30


class Headroom(NamedTuple):
    """Gains that are too small to change a name: each measure may rise by less than this; `until`: before this day."""

    orders: int
    purchase_days: int
    spend_minor: int
    engagement: int
    until: int
    scores: Scores = NO_SCORES
    """R, F and M, which do not change meanwhile."""
    quiet_days: int = 0
    """A silence that did not raise the churn level when it was last looked for."""

    def after(self, orders: int, spend_minor: int, engagement: int) -> "Headroom | None":
        """What is left after gains of one day, a new purchase day if there are orders; None when nothing is."""
        more_orders, more_days, more_spend, more_engagement, until, scores, quiet_days = self
        days = 1 if orders else 0
        if orders < more_orders and days < more_days and spend_minor < more_spend and engagement < more_engagement:
            return Headroom(
                more_orders - orders,
                more_days - days,
                more_spend - spend_minor,
                more_engagement - engagement,
                until,
                scores,
                quiet_days,
            )
        return None


def headroom(closed: State, view: View, policy: Policy, until: int) -> Headroom | None:
    """The headroom at a closing; `until` is the first day on which a tier, a notice, F or M may change by time."""
    facts = view.facts
    if policy.asks_for_margin or facts.debits.days or facts.complaints.by_id or facts.ratings.days:
        return None
    if facts.purchases.last_day(view.known) is None:
        return None
    if not all(_is_calm(state, view.day) for state in closed.tiers):
        return None
    scores = rfm.scores(view, policy.rfm) if policy.rfm else NO_SCORES
    if policy.rfm and (scores.r != 5 or closed.segment.differed or SEGMENT_OF[scores] != closed.segment.segment):
        return None
    gaps = {"orders": PLENTY, "purchase_days": PLENTY, "spend_minor": PLENTY, "engagement": PLENTY}
    for measure, gap in _gaps(closed, scores, view, policy):
        gaps[measure] = min(gaps[measure], gap)
    quiet = churn.next_level(closed.churn, view, policy.churn) - view.day - 1 if policy.churn else 0
    return Headroom(**gaps, until=until, scores=scores, quiet_days=min(quiet, PLENTY))


def _is_calm(state: TierState, day: int) -> bool:
    return not state.failed and not term_hold.in_grace(state, day)


def _gaps(closed: State, scores: Scores, view: View, policy: Policy) -> Iterator[tuple[str, int]]:
    """Each measure that a rule waits for, and what it is short of."""
    for state, scheme in zip(closed.tiers, policy.schemes, strict=True):
        for condition in _asked(state, scheme):
            yield from _short(condition, view)
    if policy.lifecycle is not None and policy.lifecycle.loyal_entry is not None and not closed.lifecycle.loyal:
        yield from _short(policy.lifecycle.loyal_entry, view)
    if policy.rfm is not None and scores.r:
        window = Rolling(policy.rfm.window_days)
        for cuts, score, measure in (
            (policy.rfm.orders, scores.f, "orders"),
            (policy.rfm.spend_minor, scores.m, "spend_minor"),
        ):
            if score <= len(cuts):
                yield measure, cuts[score - 1] + 1 - view.value(measure, window)


def _asked(state: TierState, scheme: Scheme) -> Iterator[Condition]:
    return (tier.entry for tier in scheme.tiers[state.tier + 1 :] if tier.entry is not None)


def _short(condition: Condition, view: View) -> Iterator[tuple[str, int]]:
    """The measures of a condition that do not hold; tenure rises by time alone, and time has its own due day."""
    for leaf in conditions.leaves(condition):
        gap = leaf.at_least - view.value(leaf.measure, leaf.window)
        if gap > 0 and leaf.measure != "tenure_days":
            yield leaf.measure, gap
