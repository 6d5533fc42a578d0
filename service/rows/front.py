"""The front of a row, which stands at its end: the opening of the as-of day, of a calm customer what one more order is measured
by, and the header.

All of it has fixed places from the end, and what stands before it has a checksum of its own. So an order that changes no name
is taken without reading the rest, or summing it up again (`noted_orders`).
"""

import struct
import zlib
from typing import Final, NamedTuple

from msgspec import Struct

from service.domain.calm import purchase_days
from service.domain.customer import Customer
from service.domain.headroom import Headroom
from service.domain.policy import Policy
from service.domain.state import State
from service.rows.states import SCORE_CODES, SCORES, moment_layout, moment_of, moment_values

VERSION: Final = 5
CRC: Final = struct.Struct("<BI")
"""At the beginning of a row of any version from 2 on: the version, and a CRC of it and of all behind."""
_CRC_SIZE: Final = CRC.size
_crc32: Final = zlib.crc32
_STILL, _HEAD_STILL, _MOVED, _HEAD_MOVED = "iiiBiiBIB", "Iiiq", "iiiBI", "iqiB"
HEADER: Final = struct.Struct("<" + _HEAD_STILL + _HEAD_MOVED)
CALM_HEADER: Final = struct.Struct(f"<{_HEAD_STILL}{struct.calcsize('<' + _MOVED)}x{_HEAD_MOVED}")
CALM_FRONT: Final = struct.Struct("<" + _STILL + _HEAD_STILL + _MOVED + _HEAD_MOVED)
"""Behind the opening: of a calm customer what he has left and the header. What a noted order leaves as it is comes first."""
ASKED: Final = struct.Struct("<12xBiiBIB8xiq" + _MOVED + _HEAD_MOVED)
"""What noting an order asks for of that."""
MOVED: Final = struct.Struct("<" + _MOVED + _HEAD_MOVED)
"""What it changes."""
_DUE: Final = struct.Struct("<i")
_DUE_FROM_END: Final = struct.calcsize("<" + _HEAD_MOVED)
_LEAST: Final = CRC.size + HEADER.size
FLAGS_AT: Final = -1
ANCHORED: Final = 1
ANNOUNCED: Final = 2
CALM: Final = 4
"""The flag of a row that has a headroom."""
CHECKPOINT: Final = 8
TWO_CHECKPOINTS: Final = 16
MOST_NOTES: Final = 32
"""On a row; with more of them decoding takes longer."""


def checkpoints(flags: int) -> int:
    """How many checkpoints a row has, of any version from 2 on."""
    return 2 if flags & TWO_CHECKPOINTS else 1 if flags & CHECKPOINT else 0


class Header(Struct, frozen=True, gc=False):
    """What is known of a row without decoding it."""

    version: int
    due: int
    position: int
    sequence: int
    enrolled_on: int
    not_before: int
    policy_version: int | None
    """None in a row of version 1: the partition had one policy."""
    flags: int


class Front(NamedTuple):
    """What stands before the header."""

    begins: int
    """Where, in the row."""
    moment: State
    """The opening of the as-of day, without its tiers."""
    headroom: Headroom | None
    """What the noted orders have left of it; None: the customer is not calm, and nothing is noted."""
    notes: int
    """How many orders are noted on the row, before the front."""


def due_of(row: bytes) -> int:
    """The due day of a good row of any version: till version 4 it stood behind the CRC."""
    due: int = _DUE.unpack_from(row, len(row) - _DUE_FROM_END if row[0] == VERSION else _CRC_SIZE)[0]
    return due


def header(row: bytes) -> Header | None:
    """The header of a row of this version; None when the row is damaged."""
    if len(row) < _LEAST or not is_whole(row):
        return None
    layout = CALM_HEADER if row[FLAGS_AT] & CALM else HEADER
    head = layout.unpack_from(row, len(row) - layout.size)
    sequence, enrolled_on, not_before, policy_version, due, position, _, flags = head
    return Header(VERSION, due, position, sequence, enrolled_on, not_before, policy_version, flags)


def is_whole(row: bytes) -> bool:
    """Whether the checksum of a row of any version from 2 on is right."""
    version, crc = CRC.unpack_from(row)
    return _crc32(row[_CRC_SIZE:], version) == int(crc)


def with_front(body: bytes, ids: int, customer: Customer, flags: int, policy: Policy) -> bytes:
    """The row of a customer all of whose orders are entered; `ids`: how many bytes of order ids the body ends with."""
    facts, opened, room, crc = customer.facts, customer.opened, customer.headroom, _crc32(body, VERSION)
    moment = moment_layout(policy).pack(*moment_values(opened, policy))
    sequence, enrolled_on, not_before, version = customer.sequence, facts.enrolled_on, facts.not_before, customer.version
    due, position, day = customer.due, customer.position, opened.day
    if room is None or not _is_as_opened(customer):
        rest = HEADER.pack(sequence, enrolled_on, not_before, version, due, position, day, flags)
    else:
        days = purchase_days(facts, day)
        most = 0 if facts.orders.refund_orders else min(MOST_NOTES, room.orders - 1, room.purchase_days - 1)
        # fmt: off
        rest = CALM_FRONT.pack(
            room.orders, room.purchase_days, room.engagement, SCORE_CODES[room.scores], room.until,
            days.first, most, _CRC_SIZE + len(body) - ids, len(moment),
            sequence, enrolled_on, not_before, version,
            room.spend_minor, days.before, days.last, 0, crc,
            due, position, day, flags | CALM,
        )
        # fmt: on
    front = moment + rest
    return b"".join((CRC.pack(VERSION, _crc32(front, crc)), body, front))


def read_front(row: bytes, policy: Policy) -> Front:
    """The front of a good row."""
    calm, rules = row[FLAGS_AT] & CALM, moment_layout(policy)
    at, room, notes = len(row) - (CALM_FRONT.size if calm else HEADER.size), None, 0
    if calm:
        values = CALM_FRONT.unpack_from(row, at)
        orders, days, engagement, scores, until = values[:5]
        spend_minor, _, _, notes, _, _, _, day, _ = values[-9:]
        room = Headroom(orders - notes, days - notes, spend_minor, engagement, until, SCORES[scores])
    else:
        day = HEADER.unpack_from(row, at)[-2]
    at -= rules.size
    return Front(at, moment_of(day, rules.unpack_from(row, at), policy), room, notes)


def _is_as_opened(customer: Customer) -> bool:
    """Whether the day's closing, which is not kept, has the names of its opening: headroom speaks of the closing."""
    opened, closed = customer.opened, customer.closed
    if closed is None:
        return True
    # As lists, for between two structs machine code takes == for `is`.
    return [closed.tiers, closed.segment, closed.lifecycle] == [opened.tiers, opened.segment, opened.lifecycle]
