"""Tier schemes with a rolling hold: up at once, down when keep has failed on more than the grace's successive checks."""

from typing import NamedTuple

from service.domain import conditions
from service.domain.calendar import NEVER, month_start, next_month_start
from service.domain.policy import RollingHold, Scheme
from service.domain.view import View


class TierState(NamedTuple):
    """What a scheme carries from day to day."""

    tier: int
    """Index in the scheme's tiers, base first."""
    since: int
    failed: int = 0
    """On how many successive checks keep has failed."""


def opening(state: TierState, view: View, scheme: Scheme, closed_on: int) -> TierState:
    """Midnight: the check, at most one loss, then the upgrade. `closed_on`: the last day that was closed before."""
    if state.failed:  # nothing changed since: the checks that were jumped over have failed too
        state = state._replace(failed=state.failed + _checks_between(scheme, closed_on, view.day))
    if state.tier and view.day > state.since and _is_check(scheme, view.day):
        state = _checked(state, view, scheme)
    return _upgraded(state, view, scheme)


def closing(state: TierState, view: View, scheme: Scheme) -> TierState:
    """The day's end: only upwards."""
    return _upgraded(state, view, scheme)


def next_change(state: TierState, view: View, scheme: Scheme) -> int:
    """A day no later than the first after a closing on which tier, since or the count's end changes."""
    entries = [tier.entry for tier in scheme.tiers[state.tier + 1 :] if tier.entry is not None]
    days = [conditions.flips_on(entry, view) for entry in entries]
    if state.tier:
        days.append(_next_change_of_keep(state, view, scheme))
    return min(days, default=NEVER)


def keeps(tier: int, view: View, scheme: Scheme) -> bool:
    """Keep holds while the keep condition or the tier's own entry condition holds; the base is always kept."""
    rules = scheme.tiers[tier]
    return tier == 0 or any(
        condition is not None and conditions.holds(condition, view) for condition in (rules.keep, rules.entry)
    )


def first_failing_check(state: TierState, view: View, scheme: Scheme) -> int | None:
    """The first check after the view's day at which keep fails if nothing happens; None: never."""
    check = _check_from(scheme, view.day + 1)
    while True:
        then = View(view.facts, check, view.known, view.weights)
        if not keeps(state.tier, then, scheme):
            return check
        flip = _keep_flips(state.tier, then, scheme)
        if flip >= NEVER:
            return None
        check = _check_from(scheme, flip)


def in_grace(state: TierState, view: View, scheme: Scheme) -> bool:
    """Whether the last check failed and keep fails as of the view's day too."""
    return state.failed > 0 and not keeps(state.tier, view, scheme)


def loss_on(state: TierState, view: View, scheme: Scheme) -> int:
    """The opening at which the tier is lost if keep goes on failing."""
    left = _hold(scheme).grace_days + 1 - state.failed
    if _hold(scheme).check == "daily":
        return view.day + left
    day = view.day
    for _ in range(left):
        day = next_month_start(day)
    return day


def _checked(state: TierState, view: View, scheme: Scheme) -> TierState:
    if keeps(state.tier, view, scheme):
        return state._replace(failed=0)
    failed = state.failed + 1
    if failed <= _hold(scheme).grace_days:
        return state._replace(failed=failed)
    return TierState(_lower(state.tier, view, scheme), view.day)


def _lower(tier: int, view: View, scheme: Scheme) -> int:
    if scheme.on_loss == "one-down":
        return tier - 1
    if scheme.on_loss == "to-base":
        return 0
    return next(lower for lower in range(tier - 1, -1, -1) if keeps(lower, view, scheme))


def _upgraded(state: TierState, view: View, scheme: Scheme) -> TierState:
    for tier in range(len(scheme.tiers) - 1, state.tier, -1):
        entry = scheme.tiers[tier].entry
        if entry is not None and conditions.holds(entry, view):
            return TierState(tier, view.day)
    return state


def _next_change_of_keep(state: TierState, view: View, scheme: Scheme) -> int:
    if keeps(state.tier, view, scheme) != (state.failed == 0):
        return _check_from(scheme, view.day + 1)  # the count starts, or starts again
    flip = _keep_flips(state.tier, view, scheme)
    if not state.failed:
        return flip
    return min(flip, loss_on(state, view, scheme))


def _keep_flips(tier: int, view: View, scheme: Scheme) -> int:
    rules = scheme.tiers[tier]
    return min(conditions.flips_on(each, view) for each in (rules.keep, rules.entry) if each is not None)


def _hold(scheme: Scheme) -> RollingHold:
    if not isinstance(scheme.hold, RollingHold):
        raise TypeError(f"scheme {scheme.name}: only a rolling hold is evaluated")
    return scheme.hold


def _is_check(scheme: Scheme, day: int) -> bool:
    return _hold(scheme).check == "daily" or month_start(day) == day


def _check_from(scheme: Scheme, day: int) -> int:
    """The first check on `day` or later."""
    return day if _is_check(scheme, day) else next_month_start(day)


def _checks_between(scheme: Scheme, after: int, before: int) -> int:
    """How many checks lie strictly between two days."""
    if _hold(scheme).check == "daily":
        return before - after - 1
    count, day = 0, next_month_start(after)
    while day < before:
        count, day = count + 1, next_month_start(day)
    return count
