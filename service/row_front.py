"""The front of a row: its header, the opening of the as-of day, and of a calm customer what one more order is measured by.

All of it has fixed places, so an order that changes no name is taken without reading the rest (`noted_orders`).
"""

import struct
import zlib
from functools import lru_cache
from typing import Any, Final, NamedTuple

from service.domain.calm import purchase_days
from service.domain.customer import Customer
from service.domain.headroom import Headroom
from service.domain.policy import Policy
from service.row_states import SCORE_CODES, SCORES, moment_layout

VERSION: Final = 4
CRC: Final = struct.Struct("<BI")
BEHIND_CRC: Final = "iqIiiqB"
HEADER: Final = struct.Struct("<BI" + BEHIND_CRC)
_DUE: Final = struct.Struct("<i")
FLAGS_AT: Final = HEADER.size - 1
CALM: Final = 4
"""The flag of a row that has a headroom."""
_ROOM, _DAYS_AND_NOTES = "iiqiiB", "iiiB"
CALM_FIELDS: Final = 10
NO_NOTES: Final = 255
"""In the place of how many orders are noted: none may be."""


class Header(NamedTuple):
    """What is known of a row without decoding it."""

    version: int
    crc: int
    due: int
    position: int
    sequence: int
    enrolled_on: int
    not_before: int
    policy_version: int | None
    """None in a row of version 1: the partition had one policy."""
    flags: int


class Layouts(NamedTuple):
    """How fronts are written under a policy: from the CRC's end on, or from the header's end on."""

    calm: struct.Struct
    calm_behind_header: struct.Struct
    other: struct.Struct


def due_of(row: bytes) -> int:
    """The due day of a good row of any version: it stands behind the CRC."""
    due: int = _DUE.unpack_from(row, CRC.size)[0]
    return due


@lru_cache(maxsize=64)
def layouts(policy: Policy) -> Layouts:
    """Those of a policy."""
    calm = _ROOM + _DAYS_AND_NOTES
    return Layouts(moment_layout(policy, BEHIND_CRC, calm), moment_layout(policy, "", calm), moment_layout(policy, BEHIND_CRC))


def room_of(values: tuple[Any, ...]) -> Headroom:
    """The headroom that the last fields of a calm customer's front stand for."""
    orders, purchase_days_, spend_minor, engagement, until, scores = values[-CALM_FIELDS:-4]
    return Headroom(orders, purchase_days_, spend_minor, engagement, until, SCORES[scores])


def calm_fields(customer: Customer) -> tuple[Any, ...]:
    """The last fields of the front of a customer all of whose orders are entered: headroom, purchase days, notes.

    None at all when there is no headroom, or it is not that of the opened day.
    """
    room, facts = customer.headroom, customer.facts
    if room is None or not _is_as_opened(customer):
        return ()
    days, noted = purchase_days(facts, customer.as_of), NO_NOTES if facts.orders.refund_orders else 0
    left = (room.orders, room.purchase_days, room.spend_minor, room.engagement, room.until, SCORE_CODES[room.scores])
    return (*left, days.first, days.before, days.last, noted)


def with_crc(behind: bytes) -> bytes:
    """A row of this version."""
    return CRC.pack(VERSION, checksum(VERSION, behind)) + behind


def checksum(version: int, behind_crc: bytes | memoryview) -> int:
    """CRC of the version and of all behind the CRC, in this place in every version from 2 on."""
    return zlib.crc32(behind_crc, version)


def _is_as_opened(customer: Customer) -> bool:
    """Whether the day's closing, which is not kept, has the names of its opening: headroom speaks of the closing."""
    opened, closed = customer.opened, customer.closed
    if closed is None:
        return True
    # As lists, for between two structs machine code takes == for `is`.
    return [closed.tiers, closed.segment, closed.lifecycle] == [opened.tiers, opened.segment, opened.lifecycle]
