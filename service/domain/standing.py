"""Standing: a fold over days. Each day has an opening (midnight) and a closing (all that is known of the day).

    state[D] = closing(opening(state[D-1], D), ledger[D])

Days on which nothing can change are skipped, for each rule says when it may change next; so in-order events, late events
and new rules all walk with the same code.
"""

from typing import NamedTuple

from service.domain import calm, churn, lifecycle, rfm, tier_outlook, tiers
from service.domain.calendar import NEVER
from service.domain.calm import Calm
from service.domain.churn import ChurnState
from service.domain.facts import Facts
from service.domain.headroom import headroom
from service.domain.lifecycle import LifecycleState
from service.domain.policy import Policy
from service.domain.rfm import SegmentState
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.view import View


def before_enrolment(facts: Facts, policy: Policy) -> State:
    """The closing of the day before a customer's first: the base of every scheme, since the first day."""
    base = TierState(0, facts.enrolled_on)
    tiers_ = (base,) * len(policy.schemes)
    return State(facts.enrolled_on - 1, tiers_, SegmentState(), LifecycleState(), ChurnState())


def opening(closed: State, day: int, facts: Facts, policy: Policy) -> State:
    """Midnight of `day`, when nothing that changes a rule's mind lies between the closed day and `day`."""
    view = View(facts, day, day - 1, policy.engagement)
    schemes = zip(closed.tiers, policy.schemes, strict=True)
    return State(
        day,
        _unless_same(closed.tiers, [tiers.opening(state, view, scheme, closed.day) for state, scheme in schemes]),
        rfm.opening(closed.segment, view, policy.rfm, day - closed.day - 1) if policy.rfm else closed.segment,
        lifecycle.opening(closed.lifecycle, view, policy.lifecycle) if policy.lifecycle else closed.lifecycle,
        churn.opening(closed.churn, view, policy.churn) if policy.churn else closed.churn,
    )


def closing(opened: State, view: View, policy: Policy) -> State:
    """The end of an opened day; asked again from the opening whenever something of the day is added."""
    schemes = zip(opened.tiers, policy.schemes, strict=True)
    return State(
        opened.day,
        _unless_same(opened.tiers, [tiers.closing(state, view, scheme) for state, scheme in schemes]),
        rfm.closing(opened.segment, view, policy.rfm) if policy.rfm else opened.segment,
        lifecycle.closing(opened.lifecycle, view, policy.lifecycle) if policy.lifecycle else opened.lifecycle,
        churn.closing(opened.churn, view, policy.churn) if policy.churn else opened.churn,
    )


def _unless_same(before: tuple[TierState, ...], now: list[TierState]) -> tuple[TierState, ...]:
    """What they are now; the very tuple of before when nothing has changed, so that who packed it need not look."""
    return before if list(before) == now else tuple(now)


def closing_view(day: int, facts: Facts, policy: Policy) -> View:
    """The measures at the end of a day."""
    return View(facts, day, day, policy.engagement)


class Outlook(NamedTuple):
    """The days on which something may happen by itself: no later than the first after a closing on which it does."""

    steady_until: int
    """On which a tier, a term, a count, loyalty, F or M changes."""
    changes_on: int
    """On which any rule's state changes."""


def outlook(closed: State, view: View, policy: Policy) -> Outlook:
    """When a closing's state may change if nothing happens."""
    days = [tiers.next_change(state, view, scheme) for state, scheme in zip(closed.tiers, policy.schemes, strict=True)]
    if policy.rfm:
        days.append(rfm.next_change(closed.segment, view, policy.rfm))
    if policy.lifecycle:
        days.append(lifecycle.loyalty_changes_on(closed.lifecycle, view, policy.lifecycle))
    steady_until = min(days, default=NEVER)
    return Outlook(steady_until, min(steady_until, silence_changes_on(closed, view, policy)))


def silence_changes_on(closed: State, view: View, policy: Policy) -> int:
    """A day no later than the first after a closing on which recency, stage or risk changes if nothing happens."""
    days = [NEVER]
    if policy.rfm:
        days.append(rfm.recency_falls_on(view, policy.rfm))
    if policy.lifecycle:
        days.append(lifecycle.silence_changes_on(closed.lifecycle, view, policy.lifecycle))
    if policy.churn:
        days.append(churn.next_change(closed.churn, view, policy.churn))
    return min(days)


def next_notice(closed: State, view: View, policy: Policy) -> int:
    """A day no later than the first after a closing on which a tier becomes expiring by time."""
    schemes = zip(closed.tiers, policy.schemes, strict=True)
    return min([tier_outlook.next_notice(state, view, scheme) for state, scheme in schemes if scheme.notice_days], default=NEVER)


def walk(start: State, until: int, facts: Facts, policy: Policy, closings: list[State], *, settled: bool = True) -> State:
    """From a closing to the opening of a later day, through the `closings` of every day that matters, which are handed out.

    `settled`: the start is a closing under these rules; else the day after it is walked, whatever is known of it. While
    there is headroom, days are not derived in full.
    """
    closed, ahead = start, _look_ahead(start, facts, policy) if settled else Calm(start, start.day + 1, None)
    if settled:
        closings.append(closed)
    known = iter([*facts.days_after(closed.day), NEVER])
    active = next(known)
    while True:
        while active <= closed.day:
            active = next(known)
        day = min(ahead.due, until, active)
        room = ahead.headroom if day < ahead.due else None
        opened = opening(closed, day, facts, policy) if room is None else calm.opening(closed, day, room)
        if day == until:
            return opened
        goes_on = None if room is None else calm.day_of(opened, ahead, facts, policy)
        closed = goes_on.closed if goes_on else closing(opened, closing_view(day, facts, policy), policy)
        ahead = goes_on or _look_ahead(closed, facts, policy)
        closings.append(closed)


def _look_ahead(closed: State, facts: Facts, policy: Policy) -> Calm:
    view = closing_view(closed.day, facts, policy)
    steady_until, changes_on = outlook(closed, view, policy)
    return Calm(closed, changes_on, headroom(closed, view, policy, steady_until))
