"""States and names in a row; tiers by their place in the schemes of the policy that the row is under."""

import struct
from array import array
from functools import lru_cache
from itertools import product
from typing import Any, Final

from msgspec import structs

from service.domain.churn import LEVELS, ChurnState
from service.domain.lifecycle import STAGES, LifecycleState
from service.domain.names import Names
from service.domain.policy import Policy, Scheme
from service.domain.rfm import Scores, SegmentState
from service.domain.segments import SEGMENTS
from service.domain.state import State
from service.domain.tier_outlook import Expiring
from service.domain.tier_state import TierState
from service.row_columns import Source

_SEGMENT, _LIFECYCLE, _CHURN = "BHB", "BiBi", "bdi"
_DAY: Final = struct.Struct("<i")
_COUNT: Final = struct.Struct("<I")
_TIER: Final = struct.Struct("<HiB")
_TERM: Final = struct.Struct("<ii")
_NAMES: Final = struct.Struct("<BBB")
_SAME_TIERS: Final = struct.Struct("<H")
_NONE: Final = 255
_NO_DAY: Final = -(1 << 31)
_NO_TIER: Final = 0xFFFF
_AS_OPENED: Final = 0xFFFE
_FAILED: Final = 1
_HELD: Final = 2
_LOST: Final = 4
SCORES: Final = [Scores(r, f, m) for r, f, m in product(range(6), repeat=3)]
SCORE_CODES: Final = {scores: code for code, scores in enumerate(SCORES)}
_SEGMENT_CODES: Final[dict[str | None, int]] = {None: _NONE} | {name: code for code, name in enumerate(SEGMENTS)}
_STAGE_CODES: Final[dict[str | None, int]] = {None: _NONE} | {name: code for code, name in enumerate(STAGES)}
_SEGMENTS: Final = {code: name for name, code in _SEGMENT_CODES.items()}
_STAGES: Final = {code: name for name, code in _STAGE_CODES.items()}
_NO_SEGMENT: Final = SegmentState()
_NO_LIFECYCLE: Final = LifecycleState()
_NO_CHURN: Final = ChurnState()


def put_state(out: bytearray, state: State, policy: Policy, opened: State) -> None:
    """A state under a policy, its tiers only if they are not those of the opened day; what there are no rules for is left out."""
    out += _DAY.pack(state.day) + moment_layout(policy).pack(*moment_values(state, policy))
    if policy.schemes and state.tiers == opened.tiers:
        out += _SAME_TIERS.pack(_AS_OPENED)
    else:
        put_tiers(out, state)


def put_tiers(out: bytearray, state: State) -> None:
    """The tiers of a state, which few events change."""
    for tier in state.tiers:
        out += _packed_tier(tier)


@lru_cache(maxsize=64)
def moment_layout(policy: Policy) -> struct.Struct:
    """How a state but for its day and its tiers is written: what the rules for segment, stage and risk carry along."""
    rules = (policy.rfm, _SEGMENT), (policy.lifecycle, _LIFECYCLE), (policy.churn, _CHURN)
    return struct.Struct("<" + "".join(layout for each, layout in rules if each is not None))


def moment_values(state: State, policy: Policy) -> tuple[float, ...]:
    """A state but for its day and its tiers, in that layout."""
    values: tuple[float, ...] = ()
    if policy.rfm is not None:
        segment = state.segment
        values += (_SEGMENT_CODES[segment.segment], segment.differed, SCORE_CODES[segment.opening])
    if policy.lifecycle is not None:
        lifecycle = state.lifecycle
        values += (_STAGE_CODES[lifecycle.stage], lifecycle.since, lifecycle.loyal, lifecycle.returned_on)
    if policy.churn is not None:
        values += (state.churn.level, state.churn.weight, state.churn.last)
    return values


def read_state(source: Source, policy: Policy, opened: State, *, skipped: int = 0) -> State:
    """The state that comes next; `skipped` bytes behind the mark of tiers that are the opened day's say nothing."""
    moment = read_moment(source, policy)
    if policy.schemes and source.peek(_SAME_TIERS)[0] == _AS_OPENED:
        source.take(_SAME_TIERS.size + skipped)
        return structs.replace(moment, tiers=opened.tiers)
    return structs.replace(moment, tiers=read_tiers(source, policy))


def skip_state(source: Source, policy: Policy) -> None:
    """Pass over the state that comes next."""
    source.take(_DAY.size + moment_layout(policy).size)
    if policy.schemes and source.peek(_SAME_TIERS)[0] == _AS_OPENED:
        source.take(_SAME_TIERS.size)
    else:
        skip_tiers(source, policy)


def skip_tiers(source: Source, policy: Policy) -> None:
    """Pass over the tiers that come next."""
    for _ in policy.schemes:
        _, _, flags = source.values(_TIER)
        source.take(bool(flags & _FAILED) * _COUNT.size + bool(flags & _HELD) * _TERM.size)
        if flags & _LOST:
            (count,) = source.values(_COUNT)
            source.take(4 * count)


def skip_names(source: Source, policy: Policy) -> None:
    """Pass over the names that come next."""
    source.take(_NAMES.size)
    for _ in policy.schemes:
        _, _, noticed = source.values(_TIER)
        source.take(noticed * _TERM.size)


def read_tiers(source: Source, policy: Policy) -> tuple[TierState, ...]:
    """The tiers that come next."""
    return tuple([_tier(source) for _ in policy.schemes])


def read_moment(source: Source, policy: Policy) -> State:
    """The state that comes next, without its tiers."""
    (day,) = source.values(_DAY)
    return moment_of(day, source.values(moment_layout(policy)), policy)


def moment_of(day: int, values: tuple[Any, ...], policy: Policy) -> State:
    """The state of a day that these values stand for, without its tiers."""
    segment, lifecycle, churn, at = _NO_SEGMENT, _NO_LIFECYCLE, _NO_CHURN, 0
    if policy.rfm is not None:
        code, differed, scores = values[:3]
        segment, at = SegmentState(_SEGMENTS[code], differed, SCORES[scores]), 3
    if policy.lifecycle is not None:
        code, since, loyal, returned_on = values[at : at + 4]
        lifecycle, at = LifecycleState(_STAGES[code], since, bool(loyal), returned_on), at + 4
    if policy.churn is not None:
        churn = ChurnState(*values[at : at + 3])
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
