"""The way of a day that changes no name: what of a standing moves with every purchase, and nothing else."""

from typing import NamedTuple

from service.domain import churn
from service.domain.facts import Facts
from service.domain.headroom import Headroom
from service.domain.lifecycle import LifecycleState
from service.domain.policy import ChurnRules, LifecycleRules, Policy
from service.domain.state import State


class Calm(NamedTuple):
    """A closing, a day no later than the first on which it changes by itself, and the headroom until then."""

    closed: State
    due: int
    headroom: Headroom | None


def opening(closed: State, day: int, room: Headroom) -> State:
    """Midnight of a day before the due day: no rule says anything new."""
    return closed._replace(day=day, segment=closed.segment._replace(opening=room.scores))


def day_of(opened: State, ahead: Calm, facts: Facts, policy: Policy) -> Calm | None:
    """The closing of an opened day with all that is known of it; None when a name may be another one."""
    orders, spend_minor, engagement = facts.gains(opened.day, policy.engagement)
    left = None if ahead.headroom is None else ahead.headroom.after(orders, spend_minor, engagement)
    if left is None:
        return None
    return bought(opened, opened, left, facts, policy) if orders else Calm(opened, ahead.due, left)


def bought(opened: State, before: State, room: Headroom, facts: Facts, policy: Policy) -> Calm | None:
    """The closing after an order of the opened day; None when a name may be another one.

    `before` is the last look at the day: its opening, or a closing. The due day is a lower bound from the rules' least days.
    """
    day, days = opened.day, facts.purchases.last_days(2, opened.day)
    if len(days) < 2 or days[1] != day:
        return None
    due = room.until
    if policy.rfm is not None:
        due = min(due, day + policy.rfm.recency_days[0] + 1)
    if policy.lifecycle is not None:
        if not _goes_on(before.lifecycle, day, day - days[0], policy.lifecycle):
            return None
        due = min(due, _silence_matters_on(before.lifecycle, day, policy.lifecycle))
    risk = opened.churn
    if policy.churn is not None:
        first = facts.purchases.first_day(day)
        risk = churn.counted(risk, day, policy.churn)
        if first is None or churn.level(risk, first, day, policy.churn) != before.churn.level:
            return None
        quiet = _quiet_days(risk, first, room.quiet_days, policy.churn)
        due = min(due, day + quiet + 1)
        if quiet != room.quiet_days:
            room = room._replace(quiet_days=quiet)
    return Calm(State(day, before.tiers, before.segment, before.lifecycle, risk), due, room)


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


def _quiet_days(state: churn.ChurnState, first: int, guess: int, rules: ChurnRules) -> int:
    """A silence that does not raise the level: the guess, or half of it, and so on."""
    if state.level >= len(rules.entered_at):
        return guess
    threshold = rules.entered_at[state.level]
    while guess and churn.outlook(rules, state.weight, first, state.last, state.last + guess).p_no_order >= threshold:
        guess //= 2
    return guess
