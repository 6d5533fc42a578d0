"""Tier schemes: at an opening the hold is checked (renewal, or at most one loss), then the upgrade is asked; at a closing
the upgrade, and a renewal in grace.
"""

from service.domain import conditions, rolling_hold, term_hold
from service.domain.calendar import NEVER
from service.domain.policy import Scheme, TermHold
from service.domain.tier_state import TierState
from service.domain.view import View


def opening(state: TierState, view: View, scheme: Scheme, closed_on: int) -> TierState:
    """Midnight of the view's day; `closed_on`: the last day that was closed before."""
    if isinstance(scheme.hold, TermHold):
        state = term_hold.opening(state, view, scheme, scheme.hold)
    else:
        state = rolling_hold.opening(state, view, scheme, scheme.hold, closed_on)
    return _upgraded(state, view, scheme)


def closing(state: TierState, view: View, scheme: Scheme) -> TierState:
    """The day's end: only upwards, or a new term."""
    if isinstance(scheme.hold, TermHold):
        state = term_hold.closing(state, view, scheme, scheme.hold)
    return _upgraded(state, view, scheme)


def next_change(state: TierState, view: View, scheme: Scheme) -> int:
    """A day no later than the first after a closing on which the tier, its since or its term changes, or a count starts."""
    day = NEVER
    for tier in scheme.tiers[state.tier + 1 :]:
        if tier.entry is not None:
            day = min(day, conditions.flips_on(tier.entry, view))
    if not state.tier:
        return day
    if isinstance(scheme.hold, TermHold):
        return min(day, term_hold.next_change(state, view, scheme, scheme.hold))
    return min(day, rolling_hold.next_change(state, view, scheme, scheme.hold))


def _upgraded(state: TierState, view: View, scheme: Scheme) -> TierState:
    for tier in range(len(scheme.tiers) - 1, state.tier, -1):
        entry = scheme.tiers[tier].entry
        if entry is not None and conditions.holds(entry, view):
            reached = TierState(tier, view.day, losses=state.losses)
            if isinstance(scheme.hold, TermHold):
                return term_hold.upgraded(reached, view.day, scheme.hold)
            return reached
    return state
