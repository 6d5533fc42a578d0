"""Headroom: what a customer may still gain before a tier or the segment can have a new name.

Few events change a name. After a derivation in full it is known how far every measure is from the next threshold, and until
which day nothing falls. While gains stay below that, the derivation in full would find the same tiers and the same segment,
so it is left out; stage and churn risk are asked at every purchase all the same. Gains that add up to it need not have
reached a threshold, for windows lose too: it is measured anew then.

This holds for customers whose measures only rise by events and only fall by time: no refunds without an order are kept, no
rule asks for the margin, no complaint or rating raises the level of risk, the last purchase scores 5, no check has failed, no
term is over, and the segment shown is the current one. All others are derived in full every time, and those who have a notice.
"""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from service.domain import churn, conditions, rfm, term_hold
from service.domain.facts import Facts
from service.domain.policy import Measure, Policy
from service.domain.rfm import NO_SCORES, Scores
from service.domain.segments import SEGMENT_OF
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.view import View

PLENTY: Final = 1 << 30
"""More than anybody gains in a while; rows have no place for more."""
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
    for state in closed.tiers:
        if not _is_calm(state, view.day):
            return None
    scores = rfm.scores(view, policy.rfm) if policy.rfm else NO_SCORES
    if policy.rfm and (scores.r != 5 or closed.segment.differed or SEGMENT_OF[scores] != closed.segment.segment):
        return None
    awaited = _awaited(policy, tuple([held.tier for held in closed.tiers]), closed.lifecycle.loyal, scores)
    orders, days, spend, engagement = [_least_gap(leaves, view) for leaves in awaited]
    return Headroom(orders, days, spend, engagement, until, scores)


def renewed(
    room: Headroom, orders: int, spend_minor: int, engagement: int, state: State, facts: Facts, policy: Policy
) -> Headroom | None:
    """What is left after gains of one day that used something up: that is measured anew. None when a name may change.

    `state` is the last look at the day, before the gains; the facts have them.
    """
    days = 1 if orders else 0
    left = [room.orders - orders, room.purchase_days - days, room.spend_minor - spend_minor, room.engagement - engagement]
    awaited = _awaited(policy, tuple([held.tier for held in state.tiers]), state.lifecycle.loyal, room.scores)
    view = View(facts, state.day, state.day, policy.engagement)
    for number, leaves in enumerate(awaited):
        if left[number] <= 0:
            for leaf in leaves:
                if _gap(leaf, view) <= 0:
                    return None
            left[number] = _least_gap(leaves, view)
    return Headroom(left[0], left[1], left[2], left[3], room.until, room.scores)


def _is_calm(state: TierState, day: int) -> bool:
    return not state.failed and not term_hold.in_grace(state, day)


def _gap(leaf: Measure, view: View) -> int:
    """What a measure is short of (0 or less: nothing, it holds)."""
    return leaf.at_least - view.value(leaf.measure, leaf.window)


def _least_gap(leaves: list[Measure], view: View) -> int:
    """Of those that do not hold."""
    least = PLENTY
    for leaf in leaves:
        gap = _gap(leaf, view)
        if 0 < gap < least:
            least = gap
    return least


@lru_cache(maxsize=4096)
def _awaited(policy: Policy, held: tuple[int, ...], loyal: bool, scores: Scores) -> list[list[Measure]]:
    """What rules wait for, for each of MEASURES, of a customer with these tiers and scores.

    These are the entries of all higher tiers and of loyalty, and the next cut points of F and M: as long as no more of them
    hold, gains change nothing.
    """
    entries = [tier.entry for tier_now, scheme in zip(held, policy.schemes, strict=True) for tier in scheme.tiers[tier_now + 1 :]]
    if policy.lifecycle is not None and not loyal:
        entries.append(policy.lifecycle.loyal_entry)
    leaves = [leaf for entry in entries for leaf in conditions.leaves(entry)]
    if policy.rfm is not None and scores.r:
        window, rules = policy.rfm.window, policy.rfm
        leaves += [Measure("orders", window, cut + 1) for cut in rules.orders[scores.f - 1 : scores.f]]
        leaves += [Measure("spend_minor", window, cut + 1) for cut in rules.spend_minor[scores.m - 1 : scores.m]]
    return [[leaf for leaf in leaves if leaf.measure == measure] for measure in MEASURES]
