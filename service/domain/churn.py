"""Churn risk: the probability of no order in the next days, its levels, and the expected value.

Discounted NBD times a tempered chance of still being a customer (SPEC, "Churn risk"). Each purchase day counts
exp(-age/tau); with L the last, F0 the first purchase day, D the day that is asked, all in days:

    n_L = sum exp(-(L - d)/tau)      e_L = tau (1 - exp(-(L - F0 + 1)/tau))
    n   = n_L exp(-(D - L)/tau)      e   = tau (1 - exp(-(D - F0 + 1)/tau))
    p0     = (1 + H/(alpha + e)) ** -(r + n)
    silent = (1 + (D - L)/(alpha + e_L)) ** -(kappa (r + n_L))
    alive  = silent / (silent + omega)
    p_no_order = 1 - alive (1 - p0)            expected orders = alive (r + n) H / (alpha + e)
"""

from bisect import bisect_right
from math import exp, floor
from typing import Final, NamedTuple

from msgspec import Struct

from service.domain.calendar import NEVER
from service.domain.policy import ChurnRules
from service.domain.view import View
from service.domain.windows import Lifetime

_ROUNDING: Final = 1e-9
_MOST_BOUNDS: Final = 100_000
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


class Outlook(NamedTuple):
    """What the model says of a customer."""

    p_no_order: float
    expected_orders: float


def outlook(rules: ChurnRules, weight: float, first: int, last: int, day: int) -> Outlook:
    """The model, as of a day; `weight` is n_L, `first` and `last` are the first and last purchase day."""
    alive, rate, exposure = _odds(rules, weight, first, last, day)
    return Outlook(p_no_order(rules, weight, first, last, day), alive * rate * rules.horizon_days / exposure)


def p_no_order(rules: ChurnRules, weight: float, first: int, last: int, day: int) -> float:
    """The probability alone."""
    alive, rate, exposure = _odds(rules, weight, first, last, day)
    none_if_alive: float = (1 + rules.horizon_days / exposure) ** -rate
    return 1 - alive * (1 - none_if_alive)


def _odds(rules: ChurnRules, weight: float, first: int, last: int, day: int) -> tuple[float, float, float]:
    """alive, r + n, alpha + e."""
    tau, alpha, r, silence = rules.tau_days, rules.alpha_days, rules.r, day - last
    alive = 1.0
    if rules.omega:
        exposure_then = alpha + tau * (1 - exp(-(last - first + 1) / tau))
        silent = (1 + silence / exposure_then) ** -(rules.kappa * (r + weight)) if silence else 1.0
        alive = silent / (silent + rules.omega)
    return alive, r + weight * exp(-silence / tau), alpha + tau * (1 - exp(-(day - first + 1) / tau))


def stays_below(rules: ChurnRules, weight: float, tenure: int, silence: int, level: int) -> bool:
    """Whether p surely is below the next level's threshold after a silence; False: it has to be asked.

    `tenure`: days from the first to the last purchase day, both counted. Of customers who are about alike (their weight within
    a quarter, their tenure within a month) one bound is remembered for all, so a regular buyer's p is hardly ever computed.
    """
    about = (int(weight * 4), min(tenure // 32, 31), silence)
    found = rules.bounds.get(about)
    if found is None:
        if len(rules.bounds) >= _MOST_BOUNDS:
            rules.bounds.clear()
        found = rules.bounds[about] = _most(rules, about[0] / 4, (about[0] + 1) / 4, max(about[1] * 32, 1), silence)
    return found < rules.entered_at[level]


def _most(rules: ChurnRules, low: float, high: float, tenure: int, silence: int) -> float:
    """More than p of a weight within low .. high and at least this tenure.

    p falls with the chance of being a customer and rises with that of no order. The former falls with the weight and rises with
    the tenure; the latter falls with the weight and rises with the exposure, which never reaches tau.
    """
    tau, alpha, r = rules.tau_days, rules.alpha_days, rules.r
    exposure_then = alpha + tau * (1 - exp(-tenure / tau))
    silent: float = (1 + silence / exposure_then) ** -(rules.kappa * (r + high))
    alive = silent / (silent + rules.omega) if rules.omega else 1.0
    none_if_alive: float = (1 + rules.horizon_days / (alpha + tau)) ** -(r + low * exp(-silence / tau))
    return 1 - alive * (1 - none_if_alive) + _ROUNDING


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
