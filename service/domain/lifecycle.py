"""Lifecycle stage: from prospect to churned and back, by the customer's own rhythm.

On a day: no counted order -> prospect; silent for `churned_after` days -> churned; for `dormant_after` -> dormant; else, if
the present run of purchases was begun after a gap that reached the `churned_after` then in force, and fewer than
`won_back_days` ago -> won-back; loyal; one purchase day -> new; else repeat.
"""

from functools import lru_cache
from math import ceil
from typing import NamedTuple

from msgspec import Struct, structs

from service.domain import conditions
from service.domain.calendar import NEVER
from service.domain.day_ledger import DayLedger
from service.domain.policy import LifecycleRules, Pace
from service.domain.view import View

STAGES = ("prospect", "new", "repeat", "loyal", "won-back", "dormant", "churned")
GAPS = 8
FEWEST_GAPS = 3
NO_RETURN = -(1 << 30)


class LifecycleState(Struct, frozen=True, gc=False):
    """What the lifecycle carries from day to day."""

    stage: str | None = None
    since: int = 0
    loyal: bool = False
    returned_on: int = NO_RETURN
    """The purchase day that ended the latest gap of `churned_after` days or more."""


class Rhythm(NamedTuple):
    """A customer's typical gap and what follows from it, in days."""

    typical_gap_days: int | float
    """A whole number is published as one: 7, not 7.0."""
    dormant_after: int
    churned_after: int


def opening(state: LifecycleState, view: View, rules: LifecycleRules) -> LifecycleState:
    """Midnight: one more silent day."""
    return _asked(state, view, rules)


def closing(state: LifecycleState, view: View, rules: LifecycleRules) -> LifecycleState:
    """The day's end; a purchase may end a gap."""
    return _asked(_returned(state, view, rules), view, rules)


def silence_changes_on(state: LifecycleState, view: View, rules: LifecycleRules) -> int:
    """A day no later than the first after a closing on which silence, or the end of won-back, changes the stage."""
    last = view.facts.purchases.last_day(view.known)
    if last is None:
        return NEVER
    now = rhythm(view, rules, view.known)
    days = (last + now.dormant_after, last + now.churned_after, state.returned_on + rules.won_back_days)
    return min([day for day in days if day > view.day], default=NEVER)


def loyalty_changes_on(state: LifecycleState, view: View, rules: LifecycleRules) -> int:
    """A day no later than the first after a closing on which a customer becomes loyal, or ceases to be."""
    days = []
    if rules.loyal_entry is not None:
        days.append(conditions.flips_on(rules.loyal_entry, view))
    if state.loyal and rules.loyal_keep is not None:
        days.append(conditions.flips_on(rules.loyal_keep, view))
    return min(days, default=NEVER)


def rhythm(view: View, rules: LifecycleRules, known: int) -> Rhythm:
    """The rhythm of the purchases up to `known`: the median of the last eight gaps, once there are three."""
    twice = twice_typical_gap(view.facts.purchases, known)
    return _rhythm(2 * rules.typical_gap_days if twice is None else twice, rules.dormant, rules.churned)


def twice_typical_gap(purchases: DayLedger, known: int) -> int | None:
    """Twice the median of the last eight gaps between purchase days, in days; None while there are fewer than three."""
    days = purchases.last_days(GAPS + 1, known)
    if len(days) <= FEWEST_GAPS:
        return None
    gaps = sorted(later - earlier for earlier, later in zip(days, days[1:], strict=False))
    middle = len(gaps) // 2
    return 2 * gaps[middle] if len(gaps) % 2 else gaps[middle - 1] + gaps[middle]


@lru_cache(maxsize=4096)
def _rhythm(twice: int, dormant: Pace, churned: Pace) -> Rhythm:
    dormant_after = _after(dormant, twice)
    gap: int | float = twice // 2 if twice % 2 == 0 else twice / 2
    return Rhythm(gap, dormant_after, max(_after(churned, twice), dormant_after + 1))


def _after(pace: Pace, twice: int) -> int:
    return min(max(ceil(pace.gaps * twice / 2), pace.min_days), pace.max_days)


def _returned(state: LifecycleState, view: View, rules: LifecycleRules) -> LifecycleState:
    """A purchase on the view's day may have ended a gap that reached the `churned_after` of then."""
    days = view.facts.purchases.last_days(2, view.known)
    if len(days) < 2 or days[1] != view.day or days[1] - days[0] < rules.churned.min_days:
        return state
    ended = days[1] - days[0] >= rhythm(view, rules, days[0]).churned_after
    return structs.replace(state, returned_on=view.day) if ended else state


def _asked(state: LifecycleState, view: View, rules: LifecycleRules) -> LifecycleState:
    state = structs.replace(state, loyal=_is_loyal(state, view, rules))
    stage = _stage(state, view, rules)
    return state if stage == state.stage else structs.replace(state, stage=stage, since=view.day)


def _is_loyal(state: LifecycleState, view: View, rules: LifecycleRules) -> bool:
    if rules.loyal_entry is None or rules.loyal_keep is None:
        return False
    return conditions.holds(rules.loyal_entry, view) or (state.loyal and conditions.holds(rules.loyal_keep, view))


def _stage(state: LifecycleState, view: View, rules: LifecycleRules) -> str:
    purchases = view.facts.purchases
    last = purchases.last_day(view.known)
    if last is None:
        return "prospect"
    silent = view.day - last
    if silent >= rules.dormant.min_days:  # the least that any rhythm needs
        now = rhythm(view, rules, view.known)
        if silent >= now.churned_after:
            return "churned"
        if silent >= now.dormant_after:
            return "dormant"
    if view.day - state.returned_on < rules.won_back_days:
        return "won-back"
    if state.loyal:
        return "loyal"
    return "new" if purchases.days_up_to(view.known) == 1 else "repeat"
