"""Headroom: what a customer may still gain before a tier or the segment can have a new name.

Few events change a name. After a derivation in full it is known how far every measure is from the next threshold, and until
which day nothing falls. While gains stay below that, the derivation in full would find the same tiers and the same segment,
so it is left out; stage and churn risk are asked at every purchase all the same. Gains that add up to it need not have
reached a threshold, for windows lose too: it is measured anew then.

This holds for customers whose measures only rise by events and only fall by time: no refunds without an order are kept, no
rule asks for the margin, no complaint or rating raises the level of risk, the last purchase scores 5, no check has failed, no
term is over, and the segment shown is the current one. All others are derived in full every time, and those who have a notice.
"""

from collections.abc import Collection, Iterator

from msgspec import Struct

from service.domain import churn, conditions, rfm, term_hold
from service.domain.facts import Facts
from service.domain.policy import Condition, Policy
from service.domain.rfm import NO_SCORES, Scores
from service.domain.segments import SEGMENT_OF
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.view import View
from service.domain.windows import Rolling

PLENTY = 1 << 30
MEASURES = ("orders", "purchase_days", "spend_minor", "engagement")
"""Those that gains raise; the margin may fall, and tenure rises by time alone, which has its own day."""


class Headroom(Struct, frozen=True, gc=False):
    """Gains that are too small to change a name: each measure may rise by less than this; `until`: before this day."""

    orders: int
    purchase_days: int
    spend_minor: int
    engagement: int
    until: int
    scores: Scores = NO_SCORES
    """R, F and M, which do not change meanwhile."""

    def after(self, orders: int, spend_minor: int, engagement: int) -> "Headroom | None":
        """What is left after gains of one day, a new purchase day if there are orders; None when something is used up."""
        left = self.orders - orders
        days_left = self.purchase_days - 1 if orders else self.purchase_days
        spend_left = self.spend_minor - spend_minor
        engagement_left = self.engagement - engagement
        if left > 0 and days_left > 0 and spend_left > 0 and engagement_left > 0:
            return Headroom(left, days_left, spend_left, engagement_left, self.until, self.scores)
        return None


def headroom(closed: State, view: View, policy: Policy, until: int) -> Headroom | None:
    """The headroom at a closing; `until` is the first day on which a tier, a notice, F or M may change by time."""
    facts = view.facts
    if policy.asks_for_margin or facts.debits.days:
        return None
    if policy.churn is not None and churn.may_be_unhappy(view, policy.churn):
        return None
    if facts.purchases.last_day(view.known) is None:
        return None
    if not all(_is_calm(state, view.day) for state in closed.tiers):
        return None
    scores = rfm.scores(view, policy.rfm) if policy.rfm else NO_SCORES
    if policy.rfm and (scores.r != 5 or closed.segment.differed or SEGMENT_OF[scores] != closed.segment.segment):
        return None
    gaps = dict.fromkeys(MEASURES, PLENTY)
    for measure, gap in _gaps(closed, scores, view, policy, MEASURES):
        if gap > 0:
            gaps[measure] = min(gaps[measure], gap)
    return Headroom(**gaps, until=until, scores=scores)


def renewed(
    room: Headroom, orders: int, spend_minor: int, engagement: int, state: State, facts: Facts, policy: Policy
) -> Headroom | None:
    """What is left after gains of one day that used something up: that is measured anew. None when a name may change.

    `state` is the last look at the day, before the gains; the facts have them.
    """
    left = {
        "orders": room.orders - orders,
        "purchase_days": room.purchase_days - (1 if orders else 0),
        "spend_minor": room.spend_minor - spend_minor,
        "engagement": room.engagement - engagement,
    }
    used_up = [measure for measure, more in left.items() if more <= 0]
    left |= dict.fromkeys(used_up, PLENTY)
    view = View(facts, state.day, state.day, policy.engagement)
    for measure, gap in _gaps(state, room.scores, view, policy, used_up):
        if gap <= 0:
            return None
        left[measure] = min(left[measure], gap)
    return Headroom(**left, until=room.until, scores=room.scores)


def _is_calm(state: TierState, day: int) -> bool:
    return not state.failed and not term_hold.in_grace(state, day)


def _gaps(state: State, scores: Scores, view: View, policy: Policy, measures: Collection[str]) -> Iterator[tuple[str, int]]:
    """Each of the measures that a rule waits for, and what it is short of (0 or less: nothing, it holds)."""
    for condition in _awaited(state, policy):
        for leaf in conditions.leaves(condition):
            if leaf.measure in measures:
                yield leaf.measure, leaf.at_least - view.value(leaf.measure, leaf.window)
    if policy.rfm is not None and scores.r:
        window = Rolling(policy.rfm.window_days)
        for cuts, score, measure in (
            (policy.rfm.orders, scores.f, "orders"),
            (policy.rfm.spend_minor, scores.m, "spend_minor"),
        ):
            if score <= len(cuts) and measure in measures:
                yield measure, cuts[score - 1] + 1 - view.value(measure, window)


def _awaited(state: State, policy: Policy) -> Iterator[Condition]:
    """The entries of all higher tiers, and of loyalty: as long as none holds, gains change neither."""
    for held, scheme in zip(state.tiers, policy.schemes, strict=True):
        for tier in scheme.tiers[held.tier + 1 :]:
            if tier.entry is not None:
                yield tier.entry
    if policy.lifecycle is not None and policy.lifecycle.loyal_entry is not None and not state.lifecycle.loyal:
        yield policy.lifecycle.loyal_entry
