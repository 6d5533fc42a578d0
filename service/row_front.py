"""The front of a row: its header, the opening of the as-of day, and of a calm customer what one more order is measured by.

All of it has fixed places, so an order that changes no name is taken without reading the rest (`noted_orders`).
"""

import struct
import zlib
from typing import Any, NamedTuple

from service.domain.calm import PurchaseDays, purchase_days
from service.domain.customer import Customer
from service.domain.headroom import Headroom
from service.domain.policy import Policy
from service.domain.state import State
from service.row_states import SCORE_CODES, SCORES, moment_layout, moment_of, moment_values

VERSION = 4
CRC = struct.Struct("<BI")
_BEHIND_CRC = "iqIiiqB"
HEADER = struct.Struct("<BI" + _BEHIND_CRC)
CALM = 4
"""The flag of a row that has a headroom."""
_ROOM = "iiqiiB"
_DAYS = "iiiB"
NO_NOTES = 255
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


class Calm(NamedTuple):
    """What the front of a calm customer's row says behind its header."""

    opened: State
    """Without its tiers."""
    room: Headroom
    days: PurchaseDays
    noted: int
    """How many orders are noted at the row's end, or NO_NOTES."""


def size(policy: Policy, flags: int) -> int:
    """How long the front is, in bytes."""
    return HEADER.size + (_calm_layout(policy) if flags & CALM else moment_layout(policy)).size


def read_calm(row: bytes, policy: Policy) -> Calm:
    """What the front of a row with CALM says."""
    values = _calm_layout(policy).unpack_from(row, HEADER.size)
    orders, purchase_days_, spend_minor, engagement, until, scores, first, before, last, noted = values[-10:]
    room = Headroom(orders, purchase_days_, spend_minor, engagement, until, SCORES[scores])
    return Calm(moment_of(values, policy), room, PurchaseDays(first, before, last), noted)


def packed(head: tuple[Any, ...], opened: State, calm: tuple[Any, ...], policy: Policy) -> bytes:
    """The front but for its CRC: the header's fields from `due` on, the opened day, and of a calm customer `calm_values`."""
    layout = moment_layout(policy, _BEHIND_CRC, _ROOM + _DAYS if calm else "")
    return layout.pack(*head, *moment_values(opened, policy), *calm)


def calm_values(room: Headroom, days: PurchaseDays, noted: int) -> tuple[Any, ...]:
    """Headroom, purchase days and the number of notes, as the front has them."""
    gains = (room.orders, room.purchase_days, room.spend_minor, room.engagement, room.until)
    return (*gains, SCORE_CODES[room.scores], *days, noted)


def calm_of(customer: Customer) -> tuple[Any, ...]:
    """The same of a customer all of whose orders are entered; nothing when his headroom is not that of the opened day."""
    room, facts = customer.headroom, customer.facts
    if room is None or not _is_as_opened(customer):
        return ()
    return calm_values(room, purchase_days(facts, customer.as_of), NO_NOTES if facts.orders.refund_orders else 0)


def with_crc(behind: bytes) -> bytes:
    """A row of this version."""
    return CRC.pack(VERSION, checksum(VERSION, behind)) + behind


def checksum(version: int, behind_crc: bytes | memoryview) -> int:
    """CRC of the version and of all behind the CRC, in this place in every version from 2 on."""
    return zlib.crc32(behind_crc, version)


def _calm_layout(policy: Policy) -> struct.Struct:
    return moment_layout(policy, "", _ROOM + _DAYS)


def _is_as_opened(customer: Customer) -> bool:
    """Whether the day's closing, which is not kept, has the names of its opening: headroom speaks of the closing."""
    opened, closed = customer.opened, customer.closed
    return closed is None or (
        closed.tiers == opened.tiers and closed.segment == opened.segment and closed.lifecycle == opened.lifecycle
    )
