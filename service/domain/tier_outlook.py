"""How far a customer is from the next tier, and from losing the present one."""

from typing import NamedTuple

from schemas.outbound import KeepTier, Missing, NextTier
from service.domain import conditions, rolling_hold, term_hold
from service.domain.calendar import NEVER, date_of
from service.domain.policy import RollingHold, Scheme, TermHold
from service.domain.tier_state import TierState
from service.domain.view import View


class Expiring(NamedTuple):
    """What a notice was sent for: one for each tier, since and end of term."""

    tier: str
    since: int
    held_until: int | None


class Danger(NamedTuple):
    """The day on which keep is asked next (at which the tier is lost, in grace), and the view that decides."""

    check_on: int
    view: View
    in_grace: bool


def next_distance(state: TierState, view: View, scheme: Scheme) -> NextTier | None:
    """The next higher tier and what is missing for it; None at the top."""
    if state.tier + 1 >= len(scheme.tiers):
        return None
    tier = scheme.tiers[state.tier + 1]
    return NextTier(tier=tier.name, missing=conditions.missing(tier.entry, view) if tier.entry else None)


def keep_distance(state: TierState, view: View, scheme: Scheme) -> KeepTier | None:
    """When the tier is next in danger and what is missing then; None for the base."""
    if not state.tier:
        return None
    danger = _danger(state, view, scheme)
    if danger is None:
        return KeepTier(check_on=None, missing=None)
    return KeepTier(check_on=date_of(danger.check_on), missing=_missing(state, danger, scheme))


def expiring(state: TierState, view: View, scheme: Scheme) -> KeepTier | None:
    """The check that the tier will fail if nothing happens, when it is near enough for a notice."""
    if scheme.notice_days is None or not state.tier:
        return None
    danger = _danger(state, view, scheme)
    if danger is None or danger.in_grace or danger.check_on - view.day > scheme.notice_days:
        return None
    if isinstance(scheme.hold, TermHold) and term_hold.keeps(state, danger.view, scheme):
        return None
    return KeepTier(check_on=date_of(danger.check_on), missing=_missing(state, danger, scheme))


def next_notice(state: TierState, view: View, scheme: Scheme) -> int:
    """A day no later than the first after the view's on which a tier becomes expiring, or ceases to be, by time."""
    if scheme.notice_days is None or not state.tier:
        return NEVER
    days = []
    if isinstance(scheme.hold, RollingHold) and state.failed:  # between two checks grace may end and come back
        days.append(rolling_hold.keep_flips(state.tier, view, scheme))
    danger = _danger(state, view, scheme)
    if danger is not None and not danger.in_grace:
        days.append(danger.check_on - scheme.notice_days)
    return min((day for day in days if day > view.day), default=NEVER)


def _danger(state: TierState, view: View, scheme: Scheme) -> Danger | None:
    if isinstance(scheme.hold, TermHold):
        return _danger_of_term(state, view, scheme, scheme.hold)
    return _danger_of_rolling(state, view, scheme, scheme.hold)


def _danger_of_term(state: TierState, view: View, scheme: Scheme, hold: TermHold) -> Danger | None:
    if state.held_until is None:
        return None
    if term_hold.in_grace(state, view.day):
        return Danger(term_hold.loss_on(state, scheme, hold), view, in_grace=True)
    return Danger(state.held_until + 1, view.on(state.held_until), in_grace=False)


def _danger_of_rolling(state: TierState, view: View, scheme: Scheme, hold: RollingHold) -> Danger | None:
    if rolling_hold.in_grace(state, view, scheme):
        return Danger(rolling_hold.loss_on(state, view, scheme, hold), view, in_grace=True)
    check = rolling_hold.first_failing_check(state, view, scheme, hold)
    return None if check is None else Danger(check, view.on(check), in_grace=False)


def _missing(state: TierState, danger: Danger, scheme: Scheme) -> Missing | None:
    keep = scheme.tiers[state.tier].keep
    return conditions.missing(keep, danger.view.in_term(state.term_from)) if keep else None
