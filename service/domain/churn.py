"""Churn risk: its levels, by what the model says, by complaints and ratings, and the expected value."""

from bisect import bisect_right
from math import exp, floor
from typing import Final

from msgspec import Struct

from service.domain.calendar import NEVER
from service.domain.churn_model import Outlook, outlook, p_no_order
from service.domain.policy import ChurnRules
from service.domain.view import View
from service.domain.windows import Lifetime

_EVER: Final = Lifetime()
LEVELS: Final = ("low", "medium", "high", "critical")
NO_LEVEL: Final = -1
NEAR: Final = 8
FAR: Final = 64
"""In days: a threshold nearer than this is found exactly; nothing is looked for beyond that."""


class ChurnState(Struct, frozen=True, gc=False):
    """What the churn rule carries from day to day."""

    level: int = NO_LEVEL
    """Index in LEVELS of the level by p alone."""
    weight: float = 0.0
    """n_L: the purchase days, discounted as of the last one."""
    last: int = 0
    """The last purchase day."""


NO_RISK: Final = ChurnState()


def opening(state: ChurnState, view: View, rules: ChurnRules) -> ChurnState:
    """Midnight: one more silent day."""
    return _asked(state, view, rules)


def closing(state: ChurnState, view: View, rules: ChurnRules) -> ChurnState:
    """The day's end; a purchase day counts once."""
    if view.facts.purchases.last_day(view.known) == view.day:
        state = counted(state, view.day, rules)
    return _asked(state, view, rules)


def counted(state: ChurnState, day: int, rules: ChurnRules) -> ChurnState:
    """One more purchase day: n_L <- n_L exp(-gap/tau) + 1."""
    weight = state.weight * exp(-(day - state.last) / rules.tau_days) + 1 if state.weight else 1.0
    return ChurnState(state.level, weight, day)


def next_change(state: ChurnState, view: View, rules: ChurnRules) -> int:
    """A day no later than the first after a closing on which the level shown changes."""
    if state.level == NO_LEVEL:
        return NEVER
    return min(next_level(state, view, rules), _next_calm(view, rules))


def shown_level(state: ChurnState, view: View, rules: ChurnRules, stage: str | None) -> str | None:
    """The level that is announced: at least the stage's floor, and one higher for an unhappy customer."""
    if state.level == NO_LEVEL:
        return None
    floor_ = LEVELS.index(rules.floors[stage]) if stage is not None and stage in rules.floors else 0
    return LEVELS[min(max(state.level, floor_) + _is_unhappy(view, rules), len(LEVELS) - 1)]


def current(state: ChurnState, view: View, rules: ChurnRules) -> Outlook:
    """What the model says at the view's moment, of a customer with a counted order."""
    return outlook(rules, state.weight, _first_day(state, view), state.last, view.day)


def expected_value_minor(expected_orders: float, view: View, rules: ChurnRules) -> int:
    """Expected orders times a mean order that leans on `weight` orders of `mean_order_minor`; half up."""
    spend, orders = view.value("spend_minor", _EVER), view.value("orders", _EVER)
    mean = (spend + rules.mean_order_minor * rules.weight) / (orders + rules.weight)
    return floor(expected_orders * mean + 0.5)


def level(state: ChurnState, first: int, day: int, rules: ChurnRules) -> int:
    """The level by p alone, as of a day: entered upward at a threshold, left downward only `margin` below it."""
    p, present = p_no_order(rules, state.weight, first, state.last, day), state.level
    entered = bisect_right(rules.entered_at, p)
    return entered if entered >= present else max(entered, min(present, bisect_right(rules.kept_at, p)))


def _asked(state: ChurnState, view: View, rules: ChurnRules) -> ChurnState:
    if not state.weight:
        return state
    now = level(state, _first_day(state, view), view.day, rules)
    return state if now == state.level else ChurnState(now, state.weight, state.last)


def _first_day(state: ChurnState, view: View) -> int:
    first = view.facts.purchases.first_day(view.known)
    return state.last if first is None else first


def next_level(state: ChurnState, view: View, rules: ChurnRules) -> int:
    """The day on which p reaches the next threshold, if that is near; else a day to look again (p only rises in silence)."""
    if state.level >= len(rules.entered_at):
        return NEVER
    threshold, first = rules.entered_at[state.level], _first_day(state, view)
    ahead = NEAR
    while p_no_order(rules, state.weight, first, state.last, view.day + ahead) < threshold:
        if ahead >= FAR:
            return view.day + ahead + 1
        ahead *= 2
    if ahead > NEAR:
        return view.day + ahead // 2 + 1
    below = 0
    while ahead - below > 1:
        middle = (below + ahead) // 2
        if p_no_order(rules, state.weight, first, state.last, view.day + middle) < threshold:
            below = middle
        else:
            ahead = middle
    return view.day + ahead


def _is_unhappy(view: View, rules: ChurnRules) -> bool:
    facts, day = view.facts, view.day
    if not facts.complaints.by_id and not facts.ratings.days:
        return False
    if any(day < given + rules.complaint_days for given in facts.complaints.open(view.known)):
        return True
    first = day - rules.unhappy_days + 1
    return first <= view.known and bool(facts.ratings.unhappy_days(first, view.known, rules.unhappy_score))


def may_be_unhappy(view: View, rules: ChurnRules) -> bool:
    """Whether a complaint or a rating raises the level on the view's day or, by what is known, on a later one."""
    facts = view.facts
    if not facts.complaints.by_id and not facts.ratings.days:
        return False
    first = view.day - rules.unhappy_days + 1
    rated = facts.ratings.unhappy_days(first, NEVER, rules.unhappy_score)
    return bool(rated) or facts.complaints.matter(view.day, rules.complaint_days)


def _next_calm(view: View, rules: ChurnRules) -> int:
    """The first day on which a complaint or a rating ceases to raise the level."""
    facts, day = view.facts, view.day
    if not facts.complaints.by_id and not facts.ratings.days:
        return NEVER
    ends = [given + rules.complaint_days for given in facts.complaints.open(view.known)]
    unhappy = facts.ratings.unhappy_days(day - rules.unhappy_days + 1, view.known, rules.unhappy_score)
    ends += [rated + rules.unhappy_days for rated in unhappy]
    return min((end for end in ends if end > day), default=NEVER)
