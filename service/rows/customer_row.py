"""A customer's row: version and CRC, what few events change, columns of facts, notes, and at the end the front.

Little-endian. The header is enough to rebuild the due index; the CRC tells a damaged row from a good one. Orders may be noted
between facts and front (`noted_orders`). Rows of the versions before are read and brought forward (`version_4`,
`version_1`). In the place of a version 255 marks a quarantined customer (`quarantine`).
"""

import sys
from typing import NamedTuple

from msgspec import structs

from service import quarantine
from service.domain.calendar import NEVER
from service.domain.customer import Customer
from service.domain.facts import Facts
from service.domain.names import Names
from service.domain.policy import Policy
from service.domain.state import State
from service.domain.tier_state import TierState
from service.rows import front, noted_orders, version_1, version_4
from service.rows.columns import Part, Source
from service.rows.facts import put_facts, read_facts, read_shown
from service.rows.front import ANCHORED, ANNOUNCED, CALM, CHECKPOINT, CRC, TWO_CHECKPOINTS, VERSION, Header
from service.rows.names import put_names, read_names, skip_names
from service.rows.states import put_state, read_state, skip_state
from service.rows.tiers import put_tiers, read_tiers, skip_tiers

if sys.byteorder != "little":
    raise RuntimeError("rows are little-endian; this machine is not")


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
    if version == VERSION:
        head = front.header(row)
    elif version in version_4.VERSIONS:
        head = version_4.header(row)
    elif version == version_1.VERSION:
        head = version_1.header(row)
    elif len(row) > CRC.size and front.is_whole(row):
        raise FutureRow(f"a row of version {version}, and this service reads up to {VERSION}: upgrade first")
    else:
        head = None
    if head is None:
        raise DamagedRow("its checksum is wrong")
    return head


def due_of(row: bytes) -> int:
    """The due day of a good row, of any version; NEVER of one in quarantine."""
    return NEVER if quarantine.is_quarantined(row) else front.due_of(row)


def encode(customer: Customer, policy: Policy) -> bytes:
    """The row of a customer under a policy."""
    kept, facts = _kept(customer, policy), customer.facts
    parts: list[Part] = [kept.packed]
    put_facts(parts, facts)
    return front.with_front(b"".join(parts), len(facts.orders.orders.cells), customer, kept.flags, policy)


def decode(customer_id: str, row: bytes, policy: Policy, head: Header | None = None) -> Customer:
    """The customer of a good row; `policy` is the one it is under, `head` its header if that was read. DamagedRow, FutureRow."""
    head = head or header(row)
    if head.version == version_1.VERSION:
        return version_1.decode(customer_id, row, policy)
    if head.version in version_4.VERSIONS:
        return version_4.decode(customer_id, row, policy, head)
    newest, source, facts = front.read_front(row, policy), Source(row, CRC.size), Facts(head.enrolled_on)
    opened = structs.replace(newest.moment, tiers=read_tiers(source, policy))
    customer = Customer(customer_id, facts, opened, policy.version)
    closings = customer.closings
    closings.anchor = read_state(source, policy, opened) if head.flags & ANCHORED else None
    closings.checkpoints = tuple([read_state(source, policy, opened) for _ in range(front.checkpoints(head.flags))])
    customer.announced = read_names(source, policy) if head.flags & ANNOUNCED else None
    kept = (opened.tiers, closings.anchor, closings.checkpoints, customer.announced)
    customer.packed = _Kept(*kept, head.flags & ~CALM, source.since(CRC.size))
    customer.headroom = newest.headroom
    customer.due, customer.position, customer.sequence = head.due, head.position, head.sequence
    facts.not_before = head.not_before
    read_facts(source, facts)
    noted_orders.enter(row, newest.begins, newest.notes, facts, policy.frame)
    return customer


def decode_shown(customer_id: str, row: bytes, policy: Policy, head: Header) -> Customer | None:
    """As much of the customer of a good row as his profile shows, which is not enough to fold anything or to write him again.

    None: he has to be decoded, for he is not calm.
    """
    if head.version != VERSION or not head.flags & CALM:
        return None
    newest, source, facts = front.read_front(row, policy), Source(row, CRC.size), Facts(head.enrolled_on)
    opened = structs.replace(newest.moment, tiers=read_tiers(source, policy))
    for _ in range(front.checkpoints(head.flags) + bool(head.flags & ANCHORED)):
        skip_state(source, policy)
    if head.flags & ANNOUNCED:
        skip_names(source, policy)
    customer = Customer(customer_id, facts, opened, policy.version)
    customer.sequence, customer.headroom = head.sequence, newest.headroom
    read_shown(source, facts)
    noted_orders.enter_shown(row, newest.begins, newest.notes, facts, policy.frame)
    return customer


def decode_names(row: bytes, policy: Policy, head: Header) -> Names | None:
    """The names last announced of the customer of a good row; None: nothing was."""
    if head.version != VERSION:
        return decode("", row, policy, head).announced
    if not head.flags & ANNOUNCED:
        return None
    source = Source(row, CRC.size)
    skip_tiers(source, policy)
    for _ in range(front.checkpoints(head.flags) + bool(head.flags & ANCHORED)):
        skip_state(source, policy)
    return read_names(source, policy)


def _kept(customer: Customer, policy: Policy) -> _Kept:
    """What few events change: the tiers at the opening, anchor, checkpoints, and what has been announced."""
    kept, tiers, closings = customer.packed, customer.opened.tiers, customer.closings
    anchor, checkpoints = closings.anchor, closings.checkpoints
    if (
        isinstance(kept, _Kept)
        and kept.tiers is tiers
        and kept.anchor is anchor
        and kept.checkpoints is checkpoints
        and kept.announced is customer.announced
    ):
        return kept
    out, flags = bytearray(), (0, CHECKPOINT, TWO_CHECKPOINTS)[len(checkpoints)]
    put_tiers(out, customer.opened)
    if anchor is not None:
        flags |= ANCHORED
        put_state(out, anchor, policy, customer.opened)
    for state in checkpoints:
        put_state(out, state, policy, customer.opened)
    if customer.announced is not None:
        flags |= ANNOUNCED
        put_names(out, customer.announced, policy)
    customer.packed = kept = _Kept(tiers, anchor, checkpoints, customer.announced, flags, bytes(out))
    return kept
