"""What has been announced of a customer, in a row."""

import struct
from typing import Final

from service.domain.churn import LEVELS
from service.domain.lifecycle import STAGES
from service.domain.names import Names
from service.domain.policy import Policy, Scheme
from service.domain.segments import SEGMENTS
from service.domain.tier_outlook import Expiring
from service.rows.columns import Source

_NAMES: Final = struct.Struct("<BBB")
_TIER: Final = struct.Struct("<HiB")
_TERM: Final = struct.Struct("<ii")
"""Behind a tier that is expiring."""
_NONE: Final = 255
_NO_DAY: Final = -(1 << 31)
_NO_TIER: Final = 0xFFFF


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


def skip_names(source: Source, policy: Policy) -> None:
    """Pass over the names that come next."""
    source.take(_NAMES.size)
    for _ in policy.schemes:
        _, _, noticed = source.values(_TIER)
        source.take(noticed * _TERM.size)


def _place(scheme: Scheme, tier: str | None) -> int:
    for number, each in enumerate(scheme.tiers):
        if each.name == tier:
            return number
    return _NO_TIER


def _code(name: str | None, names: tuple[str, ...]) -> int:
    return _NONE if name is None else names.index(name)


def _name(code: int, names: tuple[str, ...]) -> str | None:
    return None if code == _NONE else names[code]
