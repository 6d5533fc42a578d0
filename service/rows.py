"""A customer's row: a struct header, then packed columns that are copied to and from memory as they are.

Little-endian. The header is enough to rebuild the due index; a CRC tells a damaged row from a good one. Rows of version 1
are read and brought forward (`rows_version_1`).
"""

import struct
import sys
import zlib
from typing import NamedTuple

from service import rows_version_1
from service.domain.customer import Customer
from service.domain.facts import Facts
from service.domain.names import Names
from service.domain.policy import Policy
from service.domain.state import State
from service.domain.tier_state import TierState
from service.row_columns import Source, facts_parts, read_facts
from service.row_states import (
    packed_headroom,
    put_moment,
    put_names,
    put_state,
    put_tiers,
    read_headroom,
    read_moment,
    read_names,
    read_state,
    read_tiers,
)

if sys.byteorder != "little":
    raise RuntimeError("rows are little-endian; this machine is not")

VERSION = 2
QUARANTINED = 255
"""In the place of a version: the customer's row can't be used, and is kept as it was behind this byte."""

_HEADER = struct.Struct("<BIiqIiiqB")
_CRC = struct.Struct("<I")
_CRC_ENDS = 5
_ANCHORED, _ANNOUNCED, _CALM, _CHECKPOINT = 1, 2, 4, 8


class DamagedRow(Exception):
    """A row whose checksum is wrong."""


class FutureRow(Exception):
    """A row of a version that this service does not know."""


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


class _Kept(NamedTuple):
    """What was made of tiers, an anchor, a checkpoint and names."""

    tiers: tuple[TierState, ...]
    anchor: State | None
    checkpoint: State | None
    announced: Names | None
    packed: bytes


def header(row: bytes) -> Header:
    """The header of a good row. DamagedRow, FutureRow."""
    version = row[0] if row else 0
    if version == rows_version_1.VERSION:
        if (old := rows_version_1.header(row)) is None:
            raise DamagedRow("its checksum is wrong")
        _, crc, due, position, sequence, enrolled_on, not_before, flags = old
        return Header(version, crc, due, position, sequence, enrolled_on, not_before, None, flags)
    if len(row) < _HEADER.size or _checksum(row) != int.from_bytes(row[1:_CRC_ENDS], "little"):
        raise DamagedRow("its checksum is wrong")
    if version != VERSION:
        raise FutureRow(f"a row of version {version}, and this service reads up to {VERSION}: upgrade first")
    return Header(*_HEADER.unpack_from(row))


def encode(customer: Customer, policy: Policy) -> bytes:
    """The row of a customer under a policy."""
    facts = customer.facts
    room = customer.headroom if _is_as_opened(customer) else None
    flags = (customer.anchor is not None) * _ANCHORED | (customer.announced is not None) * _ANNOUNCED | (room is not None) * _CALM
    flags |= (customer.checkpoint is not None) * _CHECKPOINT
    out = bytearray(
        _HEADER.pack(
            VERSION,
            0,
            customer.due,
            customer.position,
            customer.sequence,
            facts.enrolled_on,
            facts.not_before,
            customer.version,
            flags,
        )
    )
    put_moment(out, customer.opened, policy)
    parts = [_kept(customer, policy), *facts_parts(facts)]
    if room is not None:
        parts.insert(1, packed_headroom(room))
    crc = _checksum(out)
    for part in parts:
        crc = zlib.crc32(part, crc)
    _CRC.pack_into(out, 1, crc)
    return b"".join((out, *parts))


def decode(customer_id: str, row: bytes, policy: Policy, head: Header | None = None) -> Customer:
    """The customer of a good row; `policy` is the one it is under, `head` its header if that was read. DamagedRow, FutureRow."""
    head = head or header(row)
    if head.version == rows_version_1.VERSION:
        return rows_version_1.decode(customer_id, row, policy)
    source = Source(row, _HEADER.size)
    moment, begins = read_moment(source, policy), source.at
    opened = moment._replace(tiers=read_tiers(source, policy))
    customer = Customer(customer_id, Facts(head.enrolled_on), opened, policy.version)
    customer.anchor = read_state(source, policy) if head.flags & _ANCHORED else None
    customer.checkpoint = read_state(source, policy) if head.flags & _CHECKPOINT else None
    customer.announced = read_names(source, policy) if head.flags & _ANNOUNCED else None
    kept = (customer.opened.tiers, customer.anchor, customer.checkpoint, customer.announced)
    customer.packed = _Kept(*kept, source.since(begins))
    customer.headroom = read_headroom(source) if head.flags & _CALM else None
    customer.due, customer.position, customer.sequence = head.due, head.position, head.sequence
    customer.facts.not_before = head.not_before
    read_facts(source, customer.facts)
    return customer


def _kept(customer: Customer, policy: Policy) -> bytes:
    """What few events change: the tiers at the opening, anchor, checkpoint, and what has been announced."""
    packed, tiers = customer.packed, customer.opened.tiers
    if (
        isinstance(packed, _Kept)
        and packed.tiers is tiers
        and packed.anchor is customer.anchor
        and packed.checkpoint is customer.checkpoint
        and packed.announced is customer.announced
    ):
        return packed.packed
    out = bytearray()
    put_tiers(out, customer.opened)
    for state in (customer.anchor, customer.checkpoint):
        if state is not None:
            put_state(out, state, policy)
    if customer.announced is not None:
        put_names(out, customer.announced, policy)
    customer.packed = _Kept(tiers, customer.anchor, customer.checkpoint, customer.announced, bytes(out))
    return bytes(out)


def _is_as_opened(customer: Customer) -> bool:
    """Whether the day's closing, which is not kept, has the names of its opening: headroom speaks of the closing."""
    opened, closed = customer.opened, customer.closed
    return closed is None or (
        closed.tiers == opened.tiers and closed.segment == opened.segment and closed.lifecycle == opened.lifecycle
    )


def _checksum(row: bytes | bytearray) -> int:
    """CRC of the version and of all behind the CRC, in this place in every version from 2 on."""
    return zlib.crc32(memoryview(row)[_CRC_ENDS:], row[0])
