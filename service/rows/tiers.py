"""The tiers of a state in a row, by their place in the schemes of the policy that the row is under."""

import struct
from array import array
from typing import Final

from service.domain.policy import Policy
from service.domain.state import State
from service.domain.tier_state import TierState
from service.rows.columns import COUNT, Source

_TIER: Final = struct.Struct("<HiB")
_TERM: Final = struct.Struct("<ii")
_FAILED: Final = 1
_HELD: Final = 2
_LOST: Final = 4


def put_tiers(out: bytearray, state: State) -> None:
    """The tiers of a state, which few events change."""
    for tier in state.tiers:
        out += _packed_tier(tier)


def read_tiers(source: Source, policy: Policy) -> tuple[TierState, ...]:
    """The tiers that come next."""
    return tuple([_tier(source) for _ in policy.schemes])


def skip_tiers(source: Source, policy: Policy) -> None:
    """Pass over the tiers that come next."""
    for _ in policy.schemes:
        _, _, flags = source.values(_TIER)
        source.take(bool(flags & _FAILED) * COUNT.size + bool(flags & _HELD) * _TERM.size)
        if flags & _LOST:
            (count,) = source.values(COUNT)
            source.take(4 * count)


def _packed_tier(state: TierState) -> bytes:
    held = state.held_until is not None
    flags = bool(state.failed) * _FAILED | held * _HELD | bool(state.losses) * _LOST
    out = bytearray(_TIER.pack(state.tier, state.since, flags))
    if state.failed:
        out += COUNT.pack(state.failed)
    if state.held_until is not None:
        out += _TERM.pack(state.held_until, state.term_from)
    if state.losses:
        out += COUNT.pack(len(state.losses))
        out += array("i", state.losses).tobytes()
    return bytes(out)


def _tier(source: Source) -> TierState:
    tier, since, flags = source.values(_TIER)
    failed, held_until, term_from = 0, None, 0
    losses: tuple[int, ...] = ()
    if flags & _FAILED:
        (failed,) = source.values(COUNT)
    if flags & _HELD:
        held_until, term_from = source.values(_TERM)
    if flags & _LOST:
        (count,) = source.values(COUNT)
        losses = tuple(array("i", bytes(source.take(4 * count))))
    return TierState(tier, since, failed, held_until, term_from, losses)
