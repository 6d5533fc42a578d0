"""Hold `term`: a tier is safe to the end of its term, and keep is asked then.

At the opening after `held_until` keep is asked as of `held_until`; if it holds, a new term starts that day. Else, for
`grace_days` more days, it is asked at each moment as of that moment's day; when it holds, a new term starts that day. At the
opening after the last day of grace the tier is lost, and keep is not asked again. While the downgrade pace forbids the loss,
the grace goes on, to the first opening at which it is allowed. The base has no term.

The window "term" holds the days of the present term; the day of an upgrade, or of a renewal in grace, is not in it, so that
one purchase does not buy two terms. A tier that is lost and reached again at the same opening was lost all the same.
"""

from service.domain import conditions
from service.domain.calendar import NEVER, months_later, year_end
from service.domain.downgrades import allowed_from, with_loss
from service.domain.policy import Scheme, TermHold
from service.domain.tier_state import TierState
from service.domain.view import View


def opening(state: TierState, view: View, scheme: Scheme, hold: TermHold) -> TierState:
    """Midnight: the end of the term, a renewal in grace, or the loss."""
    if state.held_until is None or view.day <= state.held_until:
        return state
    if view.day == state.held_until + 1 and keeps(state, view.on(state.held_until), scheme):
        return state._replace(held_until=term_end(view.day, hold), term_from=view.day)
    if view.day >= loss_on(state, scheme, hold):
        return _lost(state, view, scheme, hold)
    return _renewed_in_grace(state, view, scheme, hold)


def closing(state: TierState, view: View, scheme: Scheme, hold: TermHold) -> TierState:
    """The day's end: in grace, keep is asked once more."""
    return _renewed_in_grace(state, view, scheme, hold) if in_grace(state, view.day) else state


def next_change(state: TierState, view: View, scheme: Scheme, hold: TermHold) -> int:
    """A day no later than the first after a closing on which the term ends, is renewed in grace, or the tier is lost."""
    if state.held_until is None:
        return NEVER
    if not in_grace(state, view.day):
        return state.held_until + 1
    keep = scheme.tiers[state.tier].keep
    flip = conditions.flips_on(keep, view.in_term(state.term_from)) if keep is not None else NEVER
    return min(flip, loss_on(state, scheme, hold))


def upgraded(reached: TierState, day: int, hold: TermHold) -> TierState:
    """A tier that was reached on a day, with its term."""
    return reached._replace(held_until=term_end(day, hold, upgrade=True), term_from=day + 1)


def keeps(state: TierState, view: View, scheme: Scheme) -> bool:
    """Whether the keep condition holds, `term` being the present term."""
    return _keeps(state.tier, view.in_term(state.term_from), scheme)


def in_grace(state: TierState, day: int) -> bool:
    """Whether the term is over and the tier not yet lost."""
    return state.held_until is not None and day > state.held_until


def loss_on(state: TierState, scheme: Scheme, hold: TermHold) -> int:
    """The opening at which the tier is lost if keep fails to the end."""
    return max((state.held_until or 0) + 1 + hold.grace_days, allowed_from(state, scheme))


def term_end(day: int, hold: TermHold, *, upgrade: bool = False) -> int:
    """The last day of a term that starts on a day: after an upgrade, else after a renewal or a loss."""
    if hold.calendar_year:
        return year_end(day, 1 if upgrade else 0)
    end = months_later(day, hold.months) if hold.months is not None else day + (hold.days or 0)
    return min(end, NEVER) - 1


def _renewed_in_grace(state: TierState, view: View, scheme: Scheme, hold: TermHold) -> TierState:
    if not keeps(state, view, scheme):
        return state
    return state._replace(held_until=term_end(view.day, hold), term_from=view.day + 1)


def _lost(state: TierState, view: View, scheme: Scheme, hold: TermHold) -> TierState:
    tier, losses = _lower(state, view, scheme), with_loss(state.losses, view.day, scheme.max_downgrades)
    if not tier:
        return TierState(0, view.day, losses=losses)
    return TierState(tier, view.day, held_until=term_end(view.day, hold), term_from=view.day, losses=losses)


def _lower(state: TierState, view: View, scheme: Scheme) -> int:
    if scheme.on_loss == "one-down":
        return state.tier - 1
    if scheme.on_loss == "to-base":
        return 0
    before = view.on(view.day - 1).in_term(state.term_from)
    return next(lower for lower in range(state.tier - 1, -1, -1) if _keeps(lower, before, scheme))


def _keeps(tier: int, view: View, scheme: Scheme) -> bool:
    keep = scheme.tiers[tier].keep
    return tier == 0 or (keep is not None and conditions.holds(keep, view))
