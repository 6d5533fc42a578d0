"""States in a row: what the rules carry along."""

import struct
from functools import lru_cache
from itertools import product
from typing import Any, Final

from msgspec import structs

from service.domain.churn import ChurnState
from service.domain.lifecycle import STAGES, LifecycleState
from service.domain.policy import Policy
from service.domain.rfm import Scores, SegmentState
from service.domain.segments import SEGMENTS
from service.domain.state import State
from service.rows.columns import Source
from service.rows.tiers import put_tiers, read_tiers, skip_tiers

_SEGMENT, _LIFECYCLE, _CHURN = "BHB", "BiBi", "bdi"
_DAY: Final = struct.Struct("<i")
_SAME_TIERS: Final = struct.Struct("<H")
_NONE: Final = 255
_AS_OPENED: Final = 0xFFFE
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
