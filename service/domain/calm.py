"""The way of a day that changes no name: what of a standing moves with every purchase, and nothing else."""

from typing import Final

from msgspec import Struct

from service.domain import churn, churn_model
from service.domain.churn import ChurnState
from service.domain.facts import Facts
from service.domain.headroom import Headroom, renewed
from service.domain.lifecycle import LifecycleState
from service.domain.policy import ChurnRules, LifecycleRules, Policy
from service.domain.rfm import Scores, SegmentState
from service.domain.state import State

NO_DAY: Final = -(1 << 31)


class Calm(Struct, frozen=True, gc=False):
    """A closing, a day no later than the first on which it changes by itself, and the headroom until then."""

    closed: State
    due: int
    headroom: Headroom | None


def opening(closed: State, day: int, room: Headroom) -> State:
    """Midnight of a day before the due day: no rule says anything new."""
    return opened_with(closed, day, room.scores)


def opened_with(closed: State, day: int, scores: Scores) -> State:
    """The same; `scores` are those that headroom speaks of."""
    shown = closed.segment
    segment = SegmentState(shown.segment, shown.differed, scores)
    return State(day, closed.tiers, segment, closed.lifecycle, closed.churn)


def day_of(opened: State, ahead: Calm, facts: Facts, policy: Policy) -> Calm | None:
    """The closing of an opened day with all that is known of it; None when a name may be another one."""
    if ahead.headroom is None:
        return None
    orders, spend_minor, engagement = facts.gains(opened.day, policy.engagement)
    room = ahead.headroom
    left = room.after(orders, spend_minor, engagement)
    left = left or renewed(room, orders, spend_minor, engagement, opened, facts, policy)
    if left is None:
        return None
    return bought(opened, opened, left, purchase_days(facts, opened.day), policy) if orders else Calm(opened, ahead.due, left)


class PurchaseDays(Struct, frozen=True, gc=False):
    """A customer's purchase days that say what one more of them means."""

    first: int
    before: int
    """The last but one, or NO_DAY."""
    last: int


def purchase_days(facts: Facts, known: int) -> PurchaseDays:
    """Those up to a day, as far as they are known."""
    days, first = facts.purchases.last_days(2, known), facts.purchases.first_day(known)
    count = len(days)
    before, last = days[0] if count == 2 else NO_DAY, days[-1] if count else NO_DAY
    return PurchaseDays(NO_DAY if first is None else first, before, last)


def bought(opened: State, before: State, room: Headroom, days: PurchaseDays, policy: Policy) -> Calm | None:
    """The closing after an order of the opened day; None when a name may be another one.

    `before` is the last look at the day: its opening, or a closing. The due day is a lower bound from the rules' least days.
    """
    found = after_order(opened, before, room.until, days, policy)
    if found is None:
        return None
    due, risk = found
    return Calm(State(opened.day, before.tiers, before.segment, before.lifecycle, risk), due, room)


def after_order(opened: State, before: State, until: int, days: PurchaseDays, policy: Policy) -> tuple[int, ChurnState] | None:
    """The due day and the risk after an order of the opened day, `until` that of headroom; None as in `bought`."""
    day = opened.day
    if days.last != day or days.before == NO_DAY:
        return None
    due, stage, risk = until, before.lifecycle, opened.churn
    if (rfm_rules := policy.rfm) is not None:
        due = min(due, day + rfm_rules.recency_days[0] + 1)
    if (stage_rules := policy.lifecycle) is not None:
        if not _goes_on(stage, day, day - days.before, stage_rules):
            return None
        due = min(due, _silence_matters_on(stage, day, stage_rules))
    if (rules := policy.churn) is not None:
        level = before.churn.level
        risk = churn.counted(risk, day, rules)
        quiet = _quiet_days(risk, level, days.first, min(due - day - 1, churn.FAR), rules)
        if quiet is None:
            return None
        due = min(due, day + quiet + 1)
        if level != risk.level:  # lower than at the opening, since an earlier order of the day
            risk = ChurnState(level, risk.weight, day)
    return due, risk


def _goes_on(state: LifecycleState, day: int, gap: int, rules: LifecycleRules) -> bool:
    """Whether a purchase leaves the stage what it is: the gap before it ended no run, and nobody returns or wakes up."""
    if gap >= rules.churned.min_days:
        return False
    if day - state.returned_on < rules.won_back_days:
        return state.stage == "won-back"
    return state.stage == ("loyal" if state.loyal else "repeat")


def _silence_matters_on(state: LifecycleState, day: int, rules: LifecycleRules) -> int:
    """A day before which no rhythm makes a customer of this day dormant, and won-back does not end."""
    ends = state.returned_on + rules.won_back_days
    return min(day + rules.dormant.min_days, ends) if ends > day else day + rules.dormant.min_days


def _quiet_days(state: ChurnState, level: int, first: int, most: int, rules: ChurnRules) -> int | None:
    """A silence of at most so many days that does not raise the level; None when the order has changed it."""
    if (level or state.level) and churn.level(state, first, state.last, rules) != level:
        return None
    if level >= len(rules.entered_at):
        return most
    if churn_model.stays_below(rules, state.weight, state.last - first + 1, most, level):
        return most
    threshold, quiet = rules.entered_at[level], most
    while churn_model.p_no_order(rules, state.weight, first, state.last, state.last + quiet) >= threshold:
        if not quiet:
            return None
        quiet //= 2
    return quiet
