"""The state of a customer at one moment of a day: what the rules carry along."""

from msgspec import Struct

from service.domain.churn import ChurnState
from service.domain.lifecycle import LifecycleState
from service.domain.rfm import SegmentState
from service.domain.tier_state import TierState


class State(Struct, frozen=True, gc=False):
    """What the rules carry along, at one moment of a day."""

    day: int
    tiers: tuple[TierState, ...]
    """One a scheme, in the order of the policy file."""
    segment: SegmentState
    lifecycle: LifecycleState
    churn: ChurnState
