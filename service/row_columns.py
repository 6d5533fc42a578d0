"""Facts in a row: columns that are copied as they are, and next to nothing for what is empty."""

import struct
from array import array

from service.domain.day_ledger import DayLedger
from service.domain.facts import Facts
from service.domain.remembered import CELL, ID_BYTES, Remembered

_COUNT = struct.Struct("<I")
_SHORT = struct.Struct("<H")
_GONE_HEAD, _GONE_HEAD_2 = struct.Struct("<IiI"), struct.Struct("<IiB")
"""How many days were forgotten, the first of them, and how many are known; the second in rows of version 2."""
_COMPLAINT = struct.Struct(f"<{ID_BYTES}sii")
_FLAGS, _KEPT_HEAD = struct.Struct("<B"), struct.Struct("<BI")
_ZEROS = b"0"
_CODE = {code: code.encode() for code in "BbHhIiq"}
_KEPT, _GONE = 1, 2
_MANY = 0xFFFF
""" "As many as the number behind this one says"."""

Part = bytes | bytearray | array  # type: ignore[type-arg]
"""A piece of a row; an array stands for its bytes."""


class Source:
    """Reads a row from a place on."""

    def __init__(self, row: bytes, at: int) -> None:
        self.row, self.at = memoryview(row), at

    def take(self, size: int) -> memoryview:
        """The next bytes."""
        self.at += size
        return self.row[self.at - size : self.at]

    def since(self, at: int) -> bytes:
        """What was read from a place on."""
        return bytes(self.row[at : self.at])

    def byte(self) -> int:
        """The next byte."""
        self.at += 1
        return self.row[self.at - 1]

    def values(self, layout: struct.Struct) -> tuple[int, ...]:
        """The next values of a layout."""
        self.at += layout.size
        return layout.unpack_from(self.row, self.at - layout.size)

    def peek(self, layout: struct.Struct) -> tuple[int, ...]:
        """The next values of a layout, to be read again."""
        return layout.unpack_from(self.row, self.at)

    def column(self, length: int) -> "array[int]":
        """The next column."""
        code = self.byte()
        if code == _ZEROS[0]:
            return array("B", bytes(length))
        column = array(chr(code))
        column.frombytes(self.take(length * column.itemsize))
        return column


def put_facts(parts: list[Part], facts: Facts) -> None:
    """All facts but those of the header; an order changes the first two parts, time the second and third."""
    if facts.packed is None:
        facts.packed = b"".join(_other_parts(facts))
    _put_ledger(parts, facts.purchases)
    _put_remembered(parts, facts.orders.orders)
    _put_remembered(parts, facts.events)
    parts.append(facts.packed)


def read_facts(source: Source, facts: Facts, *, second_version: bool = False) -> None:
    """The facts of a row, into empty ones; rows of version 2 have what was refunded beside each order, and events later."""
    gone = _GONE_HEAD_2 if second_version else _GONE_HEAD
    _read_ledger(source, facts.purchases, gone)
    facts.orders.orders = _remembered(source, 3 if second_version else 2)
    if second_version:
        del facts.orders.orders.columns[1:2]
    else:
        facts.events = _remembered(source, 0)
    if not second_version and source.row[source.at : source.at + len(_NOTHING)] == _NOTHING:
        facts.packed = bytes(source.take(len(_NOTHING)))
        return
    begins = source.at
    _read_ledger(source, facts.debits, gone)
    for _ in range(_count(source)):
        kind = bytes(source.take(source.byte())).decode()
        facts.interactions[kind] = DayLedger(1)
        _read_ledger(source, facts.interactions[kind], gone)
    facts.orders.refunds = _remembered(source, 2)
    if second_version:
        facts.events = _remembered(source, 0)
    facts.orders.refund_orders = bytearray(source.take(len(facts.orders.refunds) * ID_BYTES))
    for _ in range(_count(source)):
        short, given, resolved = _COMPLAINT.unpack(source.take(_COMPLAINT.size))
        facts.complaints.by_id[short] = (given, resolved)
    if count := _count(source):
        facts.ratings.days, facts.ratings.scores = source.column(count), bytearray(source.take(count))
    facts.packed = None if second_version else source.since(begins)


def _put_count(parts: list[Part], count: int) -> None:
    parts.append(_SHORT.pack(count) if count < _MANY else _SHORT.pack(_MANY) + _COUNT.pack(count))


def _put_columns(parts: list[Part], *columns: "array[int]") -> None:
    for column in columns:
        code = column.typecode
        if code == "B" and not column[-1] and not bytes(column).strip(b"\0"):
            parts.append(_ZEROS)
        else:
            parts += (_CODE[code], column)


def _other_parts(facts: Facts) -> list[Part]:
    parts: list[Part] = []
    _put_ledger(parts, facts.debits)
    _put_count(parts, len(facts.interactions))
    for kind, ledger in facts.interactions.items():
        name = kind.encode()
        parts.append(len(name).to_bytes(1, "little") + name)
        _put_ledger(parts, ledger)
    _put_remembered(parts, facts.orders.refunds)
    parts.append(facts.orders.refund_orders)
    _put_feedback(parts, facts)
    return parts


def _put_feedback(parts: list[Part], facts: Facts) -> None:
    _put_count(parts, len(facts.complaints.by_id))
    parts += [_COMPLAINT.pack(short, given, resolved) for short, (given, resolved) in facts.complaints.by_id.items()]
    _put_count(parts, len(facts.ratings.days))
    if facts.ratings.days:
        _put_columns(parts, facts.ratings.days)
        parts.append(facts.ratings.scores)


def _put_ledger(parts: list[Part], ledger: DayLedger) -> None:
    flags = bool(ledger.days) * _KEPT | bool(ledger.forgotten) * _GONE
    if ledger.days:
        parts.append(_KEPT_HEAD.pack(flags, len(ledger.days)))
        _put_columns(parts, ledger.days, *ledger.columns)
    else:
        parts.append(_FLAGS.pack(flags))
    if ledger.forgotten:
        parts.append(_GONE_HEAD.pack(ledger.forgotten, ledger.first_forgotten, len(ledger.recent)))
        _put_columns(parts, ledger.recent)
        parts.append(array("q", ledger.base))


def _read_ledger(source: Source, ledger: DayLedger, gone_head: struct.Struct) -> None:
    flags, width = source.byte(), len(ledger.columns)
    if flags & _KEPT:
        (count,) = source.values(_COUNT)
        ledger.days = source.column(count)
        ledger.columns = [source.column(count) for _ in range(width)]
    if flags & _GONE:
        ledger.forgotten, ledger.first_forgotten, recent = source.values(gone_head)
        ledger.recent = source.column(recent)
        ledger.base = array("q", bytes(source.take(8 * width))).tolist()


def _put_remembered(parts: list[Part], remembered: Remembered) -> None:
    count = len(remembered.days)
    _put_count(parts, count)
    if count:
        parts.append(remembered.cells)
        _put_columns(parts, remembered.days, *remembered.columns)


def _count(source: Source) -> int:
    (count,) = source.values(_SHORT)
    return source.values(_COUNT)[0] if count == _MANY else count


def _remembered(source: Source, width: int) -> Remembered:
    remembered = Remembered(width)
    if count := _count(source):
        remembered.cells = bytearray(source.take(count * CELL))
        remembered.days = source.column(count)
        remembered.columns = [source.column(count) for _ in range(width)]
    return remembered


_NOTHING = b"".join(_other_parts(Facts(0)))
"""What most rows have behind events: no debit, interaction, refund, complaint or rating; all their counts are 0."""
