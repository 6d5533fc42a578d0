"""Standing: a fold over days. Each day has an opening (midnight) and a closing (all that is known of the day).

    state[D] = closing(opening(state[D-1], D), ledger[D])

Days on which nothing can change are skipped, for each rule says when it may change next; so in-order events, late events
and new rules all walk with the same code.
"""

from functools import lru_cache
from typing import NamedTuple

from service.domain import calm, churn, lifecycle, rfm, tier_outlook, tiers
from service.domain.calendar import NEVER
from service.domain.calm import Calm
from service.domain.churn import NO_RISK
from service.domain.facts import Facts
from service.domain.headroom import headroom
from service.domain.lifecycle import NO_STAGE
from service.domain.policy import Policy
from service.domain.rfm import NO_SEGMENT
from service.domain.state import State
from service.domain.tier_state import TierState
from service.domain.view import View


def before_enrolment(facts: Facts, policy: Policy) -> State:
    """The closing of the day before a customer's first: the base of every scheme, since the first day."""
    tiers_ = (TierState(0, facts.enrolled_on),) * len(policy.schemes)
    return State(facts.enrolled_on - 1, tiers_, NO_SEGMENT, NO_STAGE, NO_RISK)


@lru_cache(maxsize=64)
def first_opening(day: int, policy: Policy) -> State:
    """The opening of a customer's first day: nothing is known of him, so it is that of all who enrol on the day."""
    facts = Facts(day)
    return opening(before_enrolment(facts, policy), day, facts, policy)


def opening(closed: State, day: int, facts: Facts, policy: Policy) -> State:
    """Midnight of `day`, when nothing that changes a rule's mind lies between the closed day and `day`."""
    view = View(facts, day, day - 1, policy.engagement)
    held = closed.tiers
    return State(
        day,
        _unless_same(held, [tiers.opening(held[n], view, scheme, closed.day) for n, scheme in enumerate(policy.schemes)]),
        rfm.opening(closed.segment, view, policy.rfm, day - closed.day - 1) if policy.rfm else closed.segment,
        lifecycle.opening(closed.lifecycle, view, policy.lifecycle) if policy.lifecycle else closed.lifecycle,
        churn.opening(closed.churn, view, policy.churn) if policy.churn else closed.churn,
    )


def closing(opened: State, view: View, policy: Policy) -> State:
    """The end of an opened day; asked again from the opening whenever something of the day is added."""
    held = opened.tiers
    return State(
        opened.day,
        _unless_same(held, [tiers.closing(held[n], view, scheme) for n, scheme in enumerate(policy.schemes)]),
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
    held, steady_until = closed.tiers, NEVER
    for number, scheme in enumerate(policy.schemes):
        steady_until = min(steady_until, tiers.next_change(held[number], view, scheme))
    if policy.rfm is not None:
        steady_until = min(steady_until, rfm.next_change(closed.segment, view, policy.rfm))
    if policy.lifecycle is not None:
        steady_until = min(steady_until, lifecycle.loyalty_changes_on(closed.lifecycle, view, policy.lifecycle))
    return Outlook(steady_until, min(steady_until, silence_changes_on(closed, view, policy)))


def silence_changes_on(closed: State, view: View, policy: Policy) -> int:
    """A day no later than the first after a closing on which recency, stage or risk changes if nothing happens."""
    day = NEVER
    if policy.rfm is not None:
        day = min(day, rfm.recency_falls_on(view, policy.rfm))
    if policy.lifecycle is not None:
        day = min(day, lifecycle.silence_changes_on(closed.lifecycle, view, policy.lifecycle))
    if policy.churn is not None:
        day = min(day, churn.next_change(closed.churn, view, policy.churn))
    return day


def next_notice(closed: State, view: View, policy: Policy) -> int:
    """A day no later than the first after a closing on which a tier becomes expiring by time."""
    day = NEVER
    for number, scheme in enumerate(policy.schemes):
        if scheme.notice_days is not None:
            day = min(day, tier_outlook.next_notice(closed.tiers[number], view, scheme))
    return day


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
