"""Rows of version 1, brought forward: running totals instead of amounts, eight bytes an id and four of its content.

The rules of that time were rolling holds and segments. Its ids were the same digests, longer.
"""

import struct
import zlib
from array import array
from itertools import pairwise

from msgspec import structs

from service.domain.columns import packed
from service.domain.customer import Customer
from service.domain.day_ledger import DayLedger
from service.domain.facts import Facts
from service.domain.names import Names
from service.domain.orders import LINKED
from service.domain.policy import Policy
from service.domain.remembered import CELL, ID_BYTES, Remembered
from service.domain.rfm import Scores, SegmentState
from service.domain.segments import SEGMENTS
from service.domain.standing import before_enrolment
from service.domain.state import State
from service.domain.tier_state import TierState
from service.rows.columns import Source
from service.rows.front import Header

VERSION = 1
_HEADER = struct.Struct("<BIiqIiiB")
_TIER = struct.Struct("<HiI")
_SEGMENT = struct.Struct("<BHBBB")
_LEDGER = struct.Struct("<IIii")
_COUNT = struct.Struct("<I")
_SHORT = struct.Struct("<H")
_DAY = struct.Struct("<i")
_OLD_ID = 8
_NONE = 255


def header(row: bytes) -> Header | None:
    """The header of a row; None when it is damaged."""
    if len(row) < _HEADER.size:
        return None
    version, crc, *head = _HEADER.unpack_from(row)
    if zlib.crc32(row[_HEADER.size :], zlib.crc32(repr(tuple(head)).encode())) != crc:
        return None
    due, position, sequence, enrolled_on, not_before, flags = head
    return Header(version, due, position, sequence, enrolled_on, not_before, None, flags)


def decode(customer_id: str, row: bytes, policy: Policy) -> Customer:
    """The customer of a good row under the partition's policy."""
    _, _, due, position, sequence, enrolled_on, not_before, flags = _HEADER.unpack_from(row)
    source = Source(row, _HEADER.size)
    (schemes,) = source.values(_SHORT)
    facts = Facts(enrolled_on)
    start = before_enrolment(facts, policy)
    customer = Customer(customer_id, facts, _state(source, schemes, start), policy.version)
    customer.closings.anchor = _state(source, schemes, start) if flags & 1 else None
    if flags & 2:
        customer.announced = _names(source, policy)
    customer.due, customer.position, customer.sequence, facts.not_before = due, position, sequence, not_before
    for ledger in (facts.purchases, facts.debits):
        _read_ledger(source, ledger)
    for _ in range(source.values(_COUNT)[0]):
        kind = bytes(source.take(source.byte())).decode()
        facts.interactions[kind] = DayLedger(1)
        _read_ledger(source, facts.interactions[kind])
    facts.orders.orders, facts.orders.refunds, facts.events = (_remembered(source, width) for width in (3, 1, 0))
    del facts.orders.orders.columns[1]  # what was refunded
    facts.orders.refunds.columns.append(packed([0] * len(facts.orders.refunds)))
    for refund, day in enumerate(facts.orders.refunds.days):
        facts.orders.refund_orders += source.take(_OLD_ID)[:ID_BYTES]
        order = facts.orders.orders.find(facts.orders.order_of(refund))
        if order is not None and 0 <= day - facts.orders.orders.days[order] <= policy.frame.refund_horizon_days:
            facts.orders.refunds.set(LINKED, refund, 1)
    return customer


def _state(source: Source, schemes: int, start: State) -> State:
    (day,) = source.values(_DAY)
    tiers = tuple([_tier(source) for _ in range(schemes)])
    code, differed, *opening = source.values(_SEGMENT)
    return structs.replace(start, day=day, tiers=tiers, segment=SegmentState(_segment(code), differed, Scores(*opening)))


def _tier(source: Source) -> TierState:
    tier, since, failed = source.values(_TIER)
    return TierState(tier, since, failed)


def _names(source: Source, policy: Policy) -> Names:
    tiers = tuple([scheme.tiers[source.values(_SHORT)[0]].name for scheme in policy.schemes])
    return Names(tiers, (None,) * len(tiers), _segment(source.byte()), None, None)


def _segment(code: int) -> str | None:
    return None if code == _NONE else SEGMENTS[code]


def _read_ledger(source: Source, ledger: DayLedger) -> None:
    width = len(ledger.columns)
    count, ledger.forgotten, ledger.first_forgotten, last_forgotten = source.values(_LEDGER)
    if ledger.forgotten:
        ledger.base = array("q", bytes(source.take(8 * width))).tolist()
        ledger.recent = packed([last_forgotten])
    ledger.days = packed(source.column(count))
    for number in range(width):
        totals = [ledger.base[number], *source.column(count)]
        ledger.columns[number] = packed([after - before for before, after in pairwise(totals)])


def _remembered(source: Source, width: int) -> Remembered:
    remembered = Remembered(width)
    (count,) = source.values(_COUNT)
    ids = source.take(count * _OLD_ID)
    marks = source.column(count)
    for number, mark in enumerate(marks):
        remembered.cells += bytes(ids[number * _OLD_ID :][:ID_BYTES]) + (mark & 0xFFFF).to_bytes(CELL - ID_BYTES, "little")
    remembered.days = packed(source.column(count))
    remembered.columns = [packed(source.column(count)) for _ in range(width)]
    return remembered
