"""The profile: a customer's whole standing as it is published and read."""

from typing import Final

from schemas.profile import Churn, Lifecycle, Profile, Rfm, TierStanding, Totals
from service.domain import churn
from service.domain.calendar import date_of
from service.domain.facts import ORDERS
from service.domain.lifecycle import rhythm
from service.domain.policy import Policy
from service.domain.rfm import figures
from service.domain.state import State
from service.domain.tier_outlook import keep_distance, next_distance
from service.domain.view import View
from service.domain.windows import Lifetime

ENGAGEMENT_DAYS: Final = 90
_LIFETIME: Final = Lifetime()


def profile(closed: State, view: View, policy: Policy, sequence: int, position: int) -> Profile:
    """The profile as of the view's day; `position` is the offset of the last record read."""
    return Profile(
        as_of=date_of(view.day),
        policy=policy.label,
        sequence=sequence,
        position=position,
        totals=_totals(view),
        rfm=_rfm(closed, view, policy),
        tiers=_tiers(closed, view, policy),
        lifecycle=_lifecycle(closed, view, policy),
        churn=_churn(closed, view, policy),
        engagement=_engagement(view),
        open_complaints=len(view.facts.complaints.open(view.known)),
    )


def _totals(view: View) -> Totals:
    purchases, known = view.facts.purchases, view.known
    orders, spend = purchases.up_to(ORDERS, known), view.value("spend_minor", _LIFETIME)
    first, last = purchases.first_day(known), purchases.last_day(known)
    return Totals(
        orders=orders,
        spend_minor=spend,
        purchase_days=purchases.days_up_to(known),
        first_order_on=None if first is None else date_of(first),
        last_order_on=None if last is None else date_of(last),
        average_order_minor=(2 * spend + orders) // (2 * orders) if orders else None,
    )


def _rfm(closed: State, view: View, policy: Policy) -> Rfm | None:
    if policy.rfm is None:
        return None
    return Rfm(**figures(view, policy.rfm)._asdict(), segment=closed.segment.segment)


def _tiers(closed: State, view: View, policy: Policy) -> dict[str, TierStanding]:
    return {
        scheme.name: TierStanding(
            tier=scheme.tiers[state.tier].name,
            since=date_of(state.since),
            held_until=None if state.held_until is None else date_of(state.held_until),
            next=next_distance(state, view, scheme),
            keep=keep_distance(state, view, scheme),
        )
        for scheme, state in zip(policy.schemes, closed.tiers, strict=True)
    }


def _lifecycle(closed: State, view: View, policy: Policy) -> Lifecycle | None:
    if policy.lifecycle is None or closed.lifecycle.stage is None:
        return None
    last = view.facts.purchases.last_day(view.known)
    now = rhythm(view, policy.lifecycle, view.known)
    return Lifecycle(
        stage=closed.lifecycle.stage,
        since=date_of(closed.lifecycle.since),
        typical_gap_days=now.typical_gap_days,
        dormant_on=None if last is None else date_of(last + now.dormant_after),
        churned_on=None if last is None else date_of(last + now.churned_after),
    )


def _churn(closed: State, view: View, policy: Policy) -> Churn | None:
    rules = policy.churn
    level = churn.shown_level(closed.churn, view, rules, closed.lifecycle.stage) if rules is not None else None
    if rules is None or level is None:
        return None
    outlook = churn.current(closed.churn, view, rules)
    return Churn(
        level=level,
        p_no_order=round(outlook.p_no_order, 6),
        horizon_days=rules.horizon_days,
        expected_orders=round(outlook.expected_orders, 4),
        expected_value_minor=churn.expected_value_minor(outlook.expected_orders, view, rules),
    )


def _engagement(view: View) -> dict[str, int]:
    """How often each kind of interaction came in the last 90 days."""
    first, counts = view.day - ENGAGEMENT_DAYS + 1, dict[str, int]()
    for kind, ledger in sorted(view.facts.interactions.items()):
        if count := ledger.between(0, first, view.known):
            counts[kind] = count
    return counts
