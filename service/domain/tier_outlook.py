"""How far a customer is from the next tier, and from losing the present one."""

from schemas.outbound import KeepTier, Missing, NextTier
from service.domain import conditions, tiers
from service.domain.calendar import date_of
from service.domain.policy import Scheme
from service.domain.tiers import TierState
from service.domain.view import View


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
    if tiers.in_grace(state, view, scheme):
        return KeepTier(check_on=date_of(tiers.loss_on(state, view, scheme)), missing=_missing_keep(state, view, scheme))
    check = tiers.first_failing_check(state, view, scheme)
    if check is None:
        return KeepTier(check_on=None, missing=None)
    then = View(view.facts, check, view.known, view.weights)
    return KeepTier(check_on=date_of(check), missing=_missing_keep(state, then, scheme))


def _missing_keep(state: TierState, view: View, scheme: Scheme) -> Missing | None:
    keep = scheme.tiers[state.tier].keep
    return conditions.missing(keep, view) if keep else None
