"""Hold `rolling`: keep is asked at every check; the tier is lost when it has failed on more than `grace_days` in a row.

Keep holds while the keep condition or the tier's own entry condition holds. A tier is first asked on the day after it was
reached.
"""

from service.domain import conditions
from service.domain.calendar import NEVER, month_start, next_month_start
from service.domain.downgrades import allowed_from, with_loss
from service.domain.policy import Condition, RollingHold, Scheme
from service.domain.tier_state import TierState
from service.domain.view import View


def opening(state: TierState, view: View, scheme: Scheme, hold: RollingHold, closed_on: int) -> TierState:
    """Midnight: the check, if there is one; `closed_on`: the last day that was closed before."""
    if state.failed:  # nothing changed since: the checks that were jumped over have failed too
        state = state._replace(failed=state.failed + _checks_between(hold, closed_on, view.day))
    if not state.tier or view.day <= state.since or not _is_check(hold, view.day):
        return state
    if keeps(state.tier, view, scheme):
        return state._replace(failed=0)
    failed = state.failed + 1
    if failed <= hold.grace_days or view.day < allowed_from(state, scheme):
        return state._replace(failed=failed)
    losses = with_loss(state.losses, view.day, scheme.max_downgrades)
    return TierState(_lower(state.tier, view, scheme), view.day, losses=losses)


def next_change(state: TierState, view: View, scheme: Scheme, hold: RollingHold) -> int:
    """A day no later than the first after a closing on which the count starts or ends, or the tier is lost."""
    if keeps(state.tier, view, scheme) != (state.failed == 0):
        return _check_from(hold, view.day + 1)  # the count starts, or starts again
    flip = keep_flips(state.tier, view, scheme)
    return min(flip, loss_on(state, view, scheme, hold)) if state.failed else flip


def keeps(tier: int, view: View, scheme: Scheme) -> bool:
    """Whether a tier is kept; the base always is."""
    if tier == 0:
        return True
    rules = scheme.tiers[tier]
    return _holds(rules.keep, view) or (rules.entry is not rules.keep and _holds(rules.entry, view))


def keep_flips(tier: int, view: View, scheme: Scheme) -> int:
    """A day no later than the first after the view's on which a tier's keep changes if nothing happens."""
    rules = scheme.tiers[tier]
    day = NEVER if rules.keep is None else conditions.flips_on(rules.keep, view)
    if rules.entry is None or rules.entry is rules.keep:
        return day
    return min(day, conditions.flips_on(rules.entry, view))


def first_failing_check(state: TierState, view: View, scheme: Scheme, hold: RollingHold) -> int | None:
    """The first check after the view's day at which keep fails if nothing happens; None: never."""
    check = _check_from(hold, view.day + 1)
    while check < NEVER:
        then = view.on(check)
        if not keeps(state.tier, then, scheme):
            return check
        flip = keep_flips(state.tier, then, scheme)
        check = flip if flip >= NEVER else _check_from(hold, flip)
    return None


def in_grace(state: TierState, view: View, scheme: Scheme) -> bool:
    """Whether the last check failed and keep fails as of the view's day too."""
    return state.failed > 0 and not keeps(state.tier, view, scheme)


def loss_on(state: TierState, view: View, scheme: Scheme, hold: RollingHold) -> int:
    """The opening at which the tier is lost if keep goes on failing."""
    left = max(1, hold.grace_days + 1 - state.failed)
    day = view.day
    if hold.check == "daily":
        return max(day + left, allowed_from(state, scheme))
    for _ in range(left):
        day = next_month_start(day)
    return _check_from(hold, max(day, allowed_from(state, scheme)))


def _holds(condition: Condition | None, view: View) -> bool:
    return condition is not None and conditions.holds(condition, view)


def _lower(tier: int, view: View, scheme: Scheme) -> int:
    if scheme.on_loss == "one-down":
        return tier - 1
    if scheme.on_loss == "to-base":
        return 0
    return next(lower for lower in range(tier - 1, -1, -1) if keeps(lower, view, scheme))


def _is_check(hold: RollingHold, day: int) -> bool:
    return hold.check == "daily" or month_start(day) == day


def _check_from(hold: RollingHold, day: int) -> int:
    """The first check on `day` or later."""
    return day if _is_check(hold, day) else next_month_start(day)


def _checks_between(hold: RollingHold, after: int, before: int) -> int:
    """How many checks lie strictly between two days."""
    if hold.check == "daily":
        return before - after - 1
    count, day = 0, next_month_start(after)
    while day < before:
        count, day = count + 1, next_month_start(day)
    return count
