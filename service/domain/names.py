"""The names of a standing: what has been announced of a customer, and what is to be announced now."""

from typing import NamedTuple

from service.domain import churn, tier_outlook
from service.domain.policy import Policy, Scheme
from service.domain.state import State
from service.domain.tier_outlook import Expiring
from service.domain.tier_state import TierState
from service.domain.view import View


class Names(NamedTuple):
    """Tiers and notices by scheme, in the order of the policy file (None: nothing said yet, no notice)."""

    tiers: tuple[str | None, ...]
    expiring: tuple[Expiring | None, ...]
    segment: str | None
    stage: str | None
    level: str | None


def names(state: State, view: View, policy: Policy) -> Names:
    """The names in a standing, at a closing."""
    held, stage = state.tiers, state.lifecycle.stage
    return Names(
        tuple([scheme.tiers[held[n].tier].name for n, scheme in enumerate(policy.schemes)]),
        tuple([_notice(held[n], view, scheme) for n, scheme in enumerate(policy.schemes)]),
        state.segment.segment,
        stage,
        churn.shown_level(state.churn, view, policy.churn, stage) if policy.churn else None,
    )


def _notice(held: TierState, view: View, scheme: Scheme) -> Expiring | None:
    if scheme.notice_days is None or tier_outlook.expiring(held, view, scheme) is None:
        return None
    return Expiring(scheme.tiers[held.tier].name, held.since, held.held_until)


def nothing_said(policy: Policy) -> Names:
    """Before enrolment."""
    nothing = (None,) * len(policy.schemes)
    return Names(nothing, nothing, None, None, None)


def carried(said: Names, before: Policy, after: Policy) -> Names:
    """What has been said, by the schemes of another policy."""
    tiers = {scheme.name: tier for scheme, tier in zip(before.schemes, said.tiers, strict=True)}
    notices = {scheme.name: notice for scheme, notice in zip(before.schemes, said.expiring, strict=True)}
    return said._replace(
        tiers=tuple([tiers.get(scheme.name) for scheme in after.schemes]),
        expiring=tuple([notices.get(scheme.name) for scheme in after.schemes]),
    )
