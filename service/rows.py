"""A customer's row: its front (`row_front`), then packed columns that are copied to and from memory as they are, then notes.

Little-endian. The header is enough to rebuild the due index; a CRC tells a damaged row from a good one. Orders may be noted at
a row's end (`noted_orders`). Rows of the versions before are read and brought forward (`rows_version_1`). In the place of a
version 255 marks a quarantined customer (`quarantine`).
"""

import sys
from typing import NamedTuple

from service import noted_orders, quarantine, row_front, rows_version_1
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.domain.facts import Facts
from service.domain.names import Names
from service.domain.policy import Policy
from service.domain.state import State
from service.domain.tier_state import TierState
from service.row_columns import Part, Source, put_facts, read_facts
from service.row_front import CALM, CRC, HEADER, NO_NOTES, VERSION, Header, layouts
from service.row_states import (
    moment_layout,
    moment_of,
    moment_values,
    put_names,
    put_state,
    put_tiers,
    read_headroom,
    read_names,
    read_state,
    read_tiers,
)

if sys.byteorder != "little":
    raise RuntimeError("rows are little-endian; this machine is not")

_READ = (2, 3, VERSION)
"""Rows of version 2 have one checkpoint at most, and the facts in another order; those of 3 have no notes, and headroom later."""
_ANCHORED, _ANNOUNCED, _CHECKPOINT, _TWO_CHECKPOINTS = 1, 2, 8, 16


class DamagedRow(Exception):
    """A row whose checksum is wrong."""


class FutureRow(Exception):
    """A row of a version that this service does not know."""


class _Kept(NamedTuple):
    """What was made of tiers, an anchor, checkpoints and names."""

    tiers: tuple[TierState, ...]
    anchor: State | None
    checkpoints: tuple[State, ...]
    announced: Names | None
    flags: int
    packed: bytes


def header(row: bytes) -> Header:
    """The header of a good row. DamagedRow, FutureRow."""
    version = row[0] if row else 0
    if version == rows_version_1.VERSION:
        if (old := rows_version_1.header(row)) is None:
            raise DamagedRow("its checksum is wrong")
        _, crc, due, position, sequence, enrolled_on, not_before, flags = old
        return Header(version, crc, due, position, sequence, enrolled_on, not_before, None, flags)
    head = HEADER.unpack_from(row) if len(row) >= HEADER.size else None
    if head is None or head[1] != row_front.checksum(version, memoryview(row)[CRC.size :]):
        raise DamagedRow("its checksum is wrong")
    if version not in _READ:
        raise FutureRow(f"a row of version {version}, and this service reads up to {VERSION}: upgrade first")
    return Header._make(head)


def due_of(row: bytes) -> int:
    """The due day of a good row, of any version; NEVER of one in quarantine."""
    return NEVER if quarantine.is_quarantined(row) else row_front.due_of(row)


def encode(customer: Customer, policy: Policy) -> bytes:
    """The row of a customer under a policy."""
    facts, kept, calm = customer.facts, _kept(customer, policy), row_front.calm_fields(customer)
    flags = kept.flags | CALM if calm else kept.flags
    head = (customer.due, customer.position, customer.sequence, facts.enrolled_on, facts.not_before, customer.version, flags)
    layout = layouts(policy).calm if calm else layouts(policy).other
    parts: list[Part] = [layout.pack(*head, *moment_values(customer.opened, policy), *calm), kept.packed]
    put_facts(parts, facts)
    return row_front.with_crc(b"".join(parts))


def decode(customer_id: str, row: bytes, policy: Policy, head: Header | None = None) -> Customer:
    """The customer of a good row; `policy` is the one it is under, `head` its header if that was read. DamagedRow, FutureRow."""
    head = head or header(row)
    if head.version == rows_version_1.VERSION:
        return rows_version_1.decode(customer_id, row, policy)
    source, calm = Source(row, HEADER.size), head.version == VERSION and head.flags & CALM != 0
    front = source.values(layouts(policy).calm_behind_header if calm else moment_layout(policy))
    moment, begins = moment_of(front, policy), source.at
    opened = State(moment.day, read_tiers(source, policy), moment.segment, moment.lifecycle, moment.churn)
    customer = Customer(customer_id, Facts(head.enrolled_on), opened, policy.version)
    customer.anchor = read_state(source, policy, opened) if head.flags & _ANCHORED else None
    count = 2 if head.flags & _TWO_CHECKPOINTS else 1 if head.flags & _CHECKPOINT else 0
    customer.checkpoints = tuple([read_state(source, policy, opened) for _ in range(count)])
    customer.announced = read_names(source, policy) if head.flags & _ANNOUNCED else None
    kept = (customer.opened.tiers, customer.anchor, customer.checkpoints, customer.announced)
    customer.packed = _Kept(*kept, head.flags & ~CALM, source.since(begins))
    second = head.version == 2
    if calm:
        customer.headroom = row_front.room_of(front)
    elif head.flags & CALM:
        customer.headroom = read_headroom(source, second_version=second)
    customer.due, customer.position, customer.sequence = head.due, head.position, head.sequence
    customer.facts.not_before = head.not_before
    read_facts(source, customer.facts, second_version=second)
    if calm and front[-1] != NO_NOTES:
        noted_orders.enter(source, front[-1], customer.facts, policy.frame)
    return customer


def _kept(customer: Customer, policy: Policy) -> _Kept:
    """What few events change: the tiers at the opening, anchor, checkpoints, and what has been announced."""
    kept, tiers, checkpoints = customer.packed, customer.opened.tiers, customer.checkpoints
    if (
        isinstance(kept, _Kept)
        and kept.tiers is tiers
        and kept.anchor is customer.anchor
        and kept.checkpoints is checkpoints
        and kept.announced is customer.announced
    ):
        return kept
    out, flags = bytearray(), (0, _CHECKPOINT, _TWO_CHECKPOINTS)[len(checkpoints)]
    put_tiers(out, customer.opened)
    if customer.anchor is not None:
        flags |= _ANCHORED
        put_state(out, customer.anchor, policy, customer.opened)
    for state in checkpoints:
        put_state(out, state, policy, customer.opened)
    if customer.announced is not None:
        flags |= _ANNOUNCED
        put_names(out, customer.announced, policy)
    customer.packed = kept = _Kept(tiers, customer.anchor, checkpoints, customer.announced, flags, bytes(out))
    return kept
