"""States and names in a row; tiers by their place in the schemes of the policy that the row is under."""

import struct
from array import array

from service.domain.churn import LEVELS, ChurnState
from service.domain.headroom import Headroom
from service.domain.lifecycle import STAGES, LifecycleState
from service.domain.names import Names
from service.domain.policy import Policy, Scheme
from service.domain.rfm import Scores, SegmentState
from service.domain.segments import SEGMENTS
from service.domain.state import State
from service.domain.tier_outlook import Expiring
from service.domain.tier_state import TierState
from service.row_columns import Source

_DAY = struct.Struct("<i")
_COUNT = struct.Struct("<I")
_TIER = struct.Struct("<HiB")
_TERM = struct.Struct("<ii")
_SEGMENT = struct.Struct("<BHB")
_LIFECYCLE = struct.Struct("<BiBi")
_CHURN = struct.Struct("<bdi")
_NAMES = struct.Struct("<BBB")
_HEADROOM = struct.Struct("<iiqiiBi")
_NONE, _NO_DAY, _NO_TIER = 255, -(1 << 31), 0xFFFF
_FAILED, _HELD, _LOST = 1, 2, 4
_BASE = 6


def put_state(out: bytearray, state: State, policy: Policy) -> None:
    """A state under a policy; what the policy has no rules for takes no place."""
    put_moment(out, state, policy)
    put_tiers(out, state)


def put_tiers(out: bytearray, state: State) -> None:
    """The tiers of a state, which few events change."""
    for tier in state.tiers:
        out += _packed_tier(tier)


def put_moment(out: bytearray, state: State, policy: Policy) -> None:
    """A state but for its tiers."""
    out += _DAY.pack(state.day)
    if policy.rfm:
        segment, (r, f, m) = state.segment, state.segment.opening
        out += _SEGMENT.pack(_code(segment.segment, SEGMENTS), segment.differed, (r * _BASE + f) * _BASE + m)
    if policy.lifecycle:
        stage, since, loyal, returned_on = state.lifecycle
        out += _LIFECYCLE.pack(_code(stage, STAGES), since, loyal, returned_on)
    if policy.churn:
        out += _CHURN.pack(*state.churn)


def read_state(source: Source, policy: Policy) -> State:
    """The state that comes next."""
    return read_moment(source, policy)._replace(tiers=read_tiers(source, policy))


def read_tiers(source: Source, policy: Policy) -> tuple[TierState, ...]:
    """The tiers that come next."""
    return tuple([_tier(source) for _ in policy.schemes])


def read_moment(source: Source, policy: Policy) -> State:
    """The state that comes next, without its tiers."""
    (day,) = source.values(_DAY)
    segment, lifecycle, churn = SegmentState(), LifecycleState(), ChurnState()
    if policy.rfm:
        code, differed, packed = source.values(_SEGMENT)
        segment = SegmentState(_name(code, SEGMENTS), differed, _scores(packed))
    if policy.lifecycle:
        code, since, loyal, returned_on = source.values(_LIFECYCLE)
        lifecycle = LifecycleState(_name(code, STAGES), since, bool(loyal), returned_on)
    if policy.churn:
        churn = ChurnState(*source.values(_CHURN))
    return State(day, (), segment, lifecycle, churn)


def put_names(out: bytearray, names: Names, policy: Policy) -> None:
    """What has been announced."""
    out += _NAMES.pack(_code(names.segment, SEGMENTS), _code(names.stage, STAGES), _code(names.level, LEVELS))
    for scheme, tier, notice in zip(policy.schemes, names.tiers, names.expiring, strict=True):
        out += _TIER.pack(_place(scheme, tier), 0 if notice is None else notice.since, notice is not None)
        if notice is not None:
            out += _TERM.pack(_place(scheme, notice.tier), _NO_DAY if notice.held_until is None else notice.held_until)


def read_names(source: Source, policy: Policy) -> Names:
    """The names that come next."""
    segment, stage, level = source.values(_NAMES)
    tiers: list[str | None] = []
    notices: list[Expiring | None] = []
    for scheme in policy.schemes:
        place, since, noticed = source.values(_TIER)
        tiers.append(None if place == _NO_TIER else scheme.tiers[place].name)
        if noticed:
            place, held_until = source.values(_TERM)
            notices.append(Expiring(scheme.tiers[place].name, since, None if held_until == _NO_DAY else held_until))
        else:
            notices.append(None)
    return Names(tuple(tiers), tuple(notices), _name(segment, SEGMENTS), _name(stage, STAGES), _name(level, LEVELS))


def packed_headroom(room: Headroom) -> bytes:
    """The headroom that is left."""
    orders, days, spend, engagement, until, (r, f, m), quiet = room
    return _HEADROOM.pack(orders, days, spend, engagement, until, (r * _BASE + f) * _BASE + m, quiet)


def read_headroom(source: Source) -> Headroom:
    """The headroom that comes next."""
    orders, days, spend, engagement, until, packed, quiet = source.values(_HEADROOM)
    return Headroom(orders, days, spend, engagement, until, _scores(packed), quiet)


def _scores(packed: int) -> Scores:
    return Scores(packed // (_BASE * _BASE), packed // _BASE % _BASE, packed % _BASE)


def _packed_tier(state: TierState) -> bytes:
    held = state.held_until is not None
    flags = bool(state.failed) * _FAILED | held * _HELD | bool(state.losses) * _LOST
    out = bytearray(_TIER.pack(state.tier, state.since, flags))
    if state.failed:
        out += _COUNT.pack(state.failed)
    if state.held_until is not None:
        out += _TERM.pack(state.held_until, state.term_from)
    if state.losses:
        out += _COUNT.pack(len(state.losses))
        out += array("i", state.losses).tobytes()
    return bytes(out)


def _tier(source: Source) -> TierState:
    tier, since, flags = source.values(_TIER)
    failed, held_until, term_from = 0, None, 0
    losses: tuple[int, ...] = ()
    if flags & _FAILED:
        (failed,) = source.values(_COUNT)
    if flags & _HELD:
        held_until, term_from = source.values(_TERM)
    if flags & _LOST:
        (count,) = source.values(_COUNT)
        losses = tuple(array("i", bytes(source.take(4 * count))))
    return TierState(tier, since, failed, held_until, term_from, losses)


def _place(scheme: Scheme, tier: str | None) -> int:
    return next((number for number, each in enumerate(scheme.tiers) if each.name == tier), _NO_TIER)


def _code(name: str | None, names: tuple[str, ...]) -> int:
    return _NONE if name is None else names.index(name)


def _name(code: int, names: tuple[str, ...]) -> str | None:
    return None if code == _NONE else names[code]
