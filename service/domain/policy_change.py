"""A change of rules: what the states at the anchor become under the new ones.

Per scheme of the same name and hold the tier, since, term, failed checks and losses go on; loyal, stage, segment and level
too. A tier that is gone, and a scheme that is new or held otherwise, start at the base at the anchor. Everything after the
anchor is walked under the new rules alone.
"""

from service.domain.churn import ChurnState, counted
from service.domain.facts import Facts
from service.domain.lifecycle import LifecycleState
from service.domain.policy import Policy, Scheme, TermHold, longest_window
from service.domain.rfm import SegmentState
from service.domain.state import State
from service.domain.term_hold import term_end
from service.domain.tier_state import TierState


def refusal(before: Policy, after: Policy) -> str | None:
    """Why a running log can't take up other rules; None when it can."""
    if after.frame != before.frame:
        return "its [frame] is another one"
    window, kept = longest_window(after), longest_window(before).days
    if window.days > kept:
        return f"its longest window, {window.name}, is of {window.days} days, and the ledgers keep {kept}"
    return None


def carried(anchor: State, facts: Facts, before: Policy, after: Policy) -> State:
    """The closing of the anchor's day as the new rules take it over."""
    states = dict(zip([scheme.name for scheme in before.schemes], anchor.tiers, strict=True))
    schemes = {scheme.name: scheme for scheme in before.schemes}
    tiers = [_tier(states.get(scheme.name), schemes.get(scheme.name), scheme, anchor.day) for scheme in after.schemes]
    return State(
        anchor.day,
        tuple(tiers),
        anchor.segment if after.rfm else SegmentState(),
        anchor.lifecycle if after.lifecycle else LifecycleState(),
        _churn(anchor, facts, before, after),
    )


def _tier(state: TierState | None, before: Scheme | None, after: Scheme, day: int) -> TierState:
    base = TierState(0, day)
    if state is None or before is None or type(before.hold) is not type(after.hold):
        return base
    name = before.tiers[state.tier].name
    tier = next((number for number, each in enumerate(after.tiers) if each.name == name), None)
    if tier is None:
        return base
    if not tier:
        return TierState(0, state.since, losses=state.losses)
    if isinstance(after.hold, TermHold) and state.held_until is None:  # a base that is none any more: its term begins
        return state._replace(tier=tier, held_until=term_end(day, after.hold), term_from=day)
    return state._replace(tier=tier)


def _churn(anchor: State, facts: Facts, before: Policy, after: Policy) -> ChurnState:
    """The level goes on; the discounted count is that of the new memory, over all purchase days."""
    if after.churn is None:
        return ChurnState()
    if before.churn is not None and before.churn.tau_days == after.churn.tau_days:
        return anchor.churn
    state = ChurnState(anchor.churn.level)
    for day in facts.purchases.last_days(1 << 30, anchor.day):
        state = counted(state, day, after.churn)
    return state
