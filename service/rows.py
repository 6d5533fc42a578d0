"""A customer's row: a struct header, then packed columns that are copied to and from memory as they are.

Little-endian. The header is enough to rebuild the due index; a CRC tells a damaged row from a good one.
"""

import struct
import sys
import zlib
from array import array
from typing import NamedTuple

from service.domain.announcements import Names
from service.domain.customer import Customer
from service.domain.facts import Facts
from service.domain.remembered import ID_BYTES, Remembered
from service.domain.rfm import Scores, SegmentState
from service.domain.running_totals import RunningTotals
from service.domain.segments import SEGMENTS
from service.domain.standing import State
from service.domain.tiers import TierState

if sys.byteorder != "little":
    raise RuntimeError("rows are little-endian; this machine is not")

VERSION = 1
_HEADER = struct.Struct("<BIiqIiiB")
_TIER = struct.Struct("<HiI")
_SEGMENT = struct.Struct("<BHBBB")
_TOTALS = struct.Struct("<IIii")
_COUNT = struct.Struct("<I")
_SHORT = struct.Struct("<H")
_NOTHING = 255
_ZEROS = b"0"


class RowError(Exception):
    """A row that cannot be read: damaged, or of a version this service does not know."""


class Header(NamedTuple):
    """What is known of a row without decoding it."""

    version: int
    crc: int
    due: int
    position: int
    sequence: int
    enrolled_on: int
    not_before: int
    flags: int


def header(row: bytes) -> Header:
    """The header of a row; RowError for another version."""
    if len(row) < _HEADER.size or row[0] != VERSION:
        raise RowError(f"a row of version {row[0] if row else 'nothing'}, and this service reads version {VERSION}")
    return Header(*_HEADER.unpack_from(row))


def encode(customer: Customer) -> bytes:
    """The row of a customer."""
    facts, out = customer.facts, bytearray()
    flags = (customer.anchor is not None) | (customer.announced is not None) << 1
    out += _SHORT.pack(len(customer.opened.tiers))
    for state in (customer.opened, customer.anchor):
        if state is not None:
            _put_state(out, state)
    if customer.announced is not None:
        out += array("H", customer.announced.tiers).tobytes()
        out.append(_segment_code(customer.announced.segment))
    for totals in (facts.purchases, facts.debits):
        _put_totals(out, totals)
    out += _COUNT.pack(len(facts.interactions))
    for kind, totals in facts.interactions.items():
        name = kind.encode()
        out.append(len(name))
        out += name
        _put_totals(out, totals)
    for remembered in (facts.orders.orders, facts.orders.refunds, facts.events):
        _put_remembered(out, remembered)
    out += facts.orders.refund_orders
    head = (customer.due, customer.position, customer.sequence, facts.enrolled_on, facts.not_before, flags)
    return _HEADER.pack(VERSION, zlib.crc32(out, zlib.crc32(repr(head).encode())), *head) + bytes(out)


def decode(customer_id: str, row: bytes) -> Customer:
    """The customer of a row; RowError when the row is damaged."""
    head = header(row)
    if zlib.crc32(row[_HEADER.size :], zlib.crc32(repr(tuple(head[2:])).encode())) != head.crc:
        raise RowError("a damaged row: its checksum is wrong")
    source = _Source(row)
    schemes = source.short()
    opened = source.state(schemes)
    facts = Facts(head.enrolled_on)
    customer = Customer(customer_id, facts, opened)
    customer.anchor = source.state(schemes) if head.flags & 1 else None
    if head.flags & 2:
        customer.announced = Names(tuple(array("H", bytes(source.take(2 * schemes)))), _segment_name(source.byte()))
    customer.due, customer.position, customer.sequence = head.due, head.position, head.sequence
    facts.not_before = head.not_before
    facts.purchases, facts.debits = source.totals(3), source.totals(1)
    for _ in range(source.count()):
        kind = bytes(source.take(source.byte())).decode()
        facts.interactions[kind] = source.totals(1)
    facts.orders.orders, facts.orders.refunds = source.remembered(3), source.remembered(1)
    facts.events = source.remembered(0)
    facts.orders.refund_orders = bytearray(source.take(len(facts.orders.refunds) * ID_BYTES))
    return customer


def _segment_code(segment: str | None) -> int:
    return _NOTHING if segment is None else SEGMENTS.index(segment)


def _segment_name(code: int) -> str | None:
    return None if code == _NOTHING else SEGMENTS[code]


def _put_state(out: bytearray, state: State) -> None:
    out += _COUNT.pack(state.day & 0xFFFFFFFF)
    for tier in state.tiers:
        out += _TIER.pack(*tier)
    segment = state.segment
    out += _SEGMENT.pack(_segment_code(segment.segment), segment.differed, *segment.opening)


def _put_column(out: bytearray, column: "array[int]") -> None:
    if any(column):
        out += column.typecode.encode()
        out += column.tobytes()
    else:
        out += _ZEROS


def _put_totals(out: bytearray, totals: RunningTotals) -> None:
    out += _TOTALS.pack(len(totals.days), totals.forgotten, totals.first_forgotten, totals.last_forgotten)
    if totals.forgotten:
        out += array("q", totals.base).tobytes()
    for column in (totals.days, *totals.columns):
        _put_column(out, column)


def _put_remembered(out: bytearray, remembered: Remembered) -> None:
    out += _COUNT.pack(len(remembered))
    out += remembered.ids
    for column in (remembered.fingerprints, remembered.days, *remembered.columns):
        _put_column(out, column)


class _Source:
    """Reads a row from after its header on."""

    def __init__(self, row: bytes) -> None:
        self.row, self.at = memoryview(row), _HEADER.size

    def take(self, size: int) -> memoryview:
        self.at += size
        return self.row[self.at - size : self.at]

    def byte(self) -> int:
        self.at += 1
        return self.row[self.at - 1]

    def short(self) -> int:
        return int(_SHORT.unpack(self.take(_SHORT.size))[0])

    def count(self) -> int:
        return int(_COUNT.unpack(self.take(_COUNT.size))[0])

    def state(self, schemes: int) -> State:
        (day,) = struct.unpack("<i", self.take(4))
        tiers = tuple(TierState(*_TIER.unpack(self.take(_TIER.size))) for _ in range(schemes))
        code, differed, *opening = _SEGMENT.unpack(self.take(_SEGMENT.size))
        return State(day, tiers, SegmentState(_segment_name(code), differed, Scores(*opening)))

    def column(self, length: int) -> "array[int]":
        code = chr(self.byte())
        if code == "0":
            return array("b", bytes(length))
        column = array(code)
        column.frombytes(self.take(length * column.itemsize))
        return column

    def totals(self, width: int) -> RunningTotals:
        totals = RunningTotals(width)
        length, totals.forgotten, totals.first_forgotten, totals.last_forgotten = _TOTALS.unpack(self.take(_TOTALS.size))
        if totals.forgotten:
            base = array("q")
            base.frombytes(self.take(8 * width))
            totals.base = list(base)
        totals.days = self.column(length)
        totals.columns = [self.column(length) for _ in range(width)]
        return totals

    def remembered(self, width: int) -> Remembered:
        remembered = Remembered(width)
        length = self.count()
        remembered.ids = bytearray(self.take(length * ID_BYTES))
        fingerprints, remembered.days = self.column(length), self.column(length)
        remembered.fingerprints = fingerprints if fingerprints.typecode == "I" else array("I", fingerprints)
        remembered.columns = [self.column(length) for _ in range(width)]
        return remembered
