"""Lifecycle stage: from prospect to churned and back, by the customer's own rhythm.

On a day: no counted order -> prospect; silent for `churned_after` days -> churned; for `dormant_after` -> dormant; else, if
the present run of purchases was begun after a gap that reached the `churned_after` then in force, and fewer than
`won_back_days` ago -> won-back; loyal; one purchase day -> new; else repeat.
"""

from math import ceil
from typing import Final

from msgspec import Struct

from service.domain import conditions
from service.domain.calendar import NEVER
from service.domain.day_ledger import DayLedger
from service.domain.policy import LifecycleRules, Pace, Rhythm
from service.domain.view import View

STAGES = ("prospect", "new", "repeat", "loyal", "won-back", "dormant", "churned")
GAPS: Final = 8
FEWEST_GAPS: Final = 3
NO_RETURN: Final = -(1 << 30)
_MOST_RHYTHMS: Final = 4096


class LifecycleState(Struct, frozen=True, gc=False):
    """What the lifecycle carries from day to day."""

    stage: str | None = None
    since: int = 0
    loyal: bool = False
    returned_on: int = NO_RETURN
    """The purchase day that ended the latest gap of `churned_after` days or more."""


NO_STAGE: Final = LifecycleState()


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
    first = NEVER
    for day in (last + now.dormant_after, last + now.churned_after, state.returned_on + rules.won_back_days):
        if view.day < day < first:
            first = day
    return first


def loyalty_changes_on(state: LifecycleState, view: View, rules: LifecycleRules) -> int:
    """A day no later than the first after a closing on which a customer becomes loyal, or ceases to be."""
    day = NEVER if rules.loyal_entry is None else conditions.flips_on(rules.loyal_entry, view)
    if state.loyal and rules.loyal_keep is not None and rules.loyal_keep is not rules.loyal_entry:
        day = min(day, conditions.flips_on(rules.loyal_keep, view))
    return day


def rhythm(view: View, rules: LifecycleRules, known: int) -> Rhythm:
    """The rhythm of the purchases up to `known`: the median of the last eight gaps, once there are three."""
    if known != view.known:
        return _rhythm_of(view, rules, known)
    found = view.rhythm
    if found is None:
        found = view.rhythm = _rhythm_of(view, rules, known)
    return found


def _rhythm_of(view: View, rules: LifecycleRules, known: int) -> Rhythm:
    twice = twice_typical_gap(view.facts.purchases, known)
    if twice is None:
        twice = 2 * rules.typical_gap_days
    found = rules.rhythms.get(twice)
    if found is None:
        if len(rules.rhythms) >= _MOST_RHYTHMS:
            rules.rhythms.clear()
        found = rules.rhythms[twice] = _rhythm(twice, rules.dormant, rules.churned)
    return found


def twice_typical_gap(purchases: DayLedger, known: int) -> int | None:
    """Twice the median of the last eight gaps between purchase days, in days; None while there are fewer than three."""
    days = purchases.last_days(GAPS + 1, known)
    if len(days) <= FEWEST_GAPS:
        return None
    gaps = sorted([days[place] - days[place - 1] for place in range(1, len(days))])
    middle = len(gaps) // 2
    return 2 * gaps[middle] if len(gaps) % 2 else gaps[middle - 1] + gaps[middle]


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
    return LifecycleState(state.stage, state.since, state.loyal, view.day) if ended else state


def _asked(state: LifecycleState, view: View, rules: LifecycleRules) -> LifecycleState:
    loyal = _is_loyal(state, view, rules)
    if loyal != state.loyal:
        state = LifecycleState(state.stage, state.since, loyal, state.returned_on)
    stage = _stage(state, view, rules)
    return state if stage == state.stage else LifecycleState(stage, view.day, loyal, state.returned_on)


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
