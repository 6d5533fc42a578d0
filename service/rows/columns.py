"""Columns of numbers in a row: most are copied as they are, zeros take next to nothing, small counts and days less."""

import struct
from array import array
from binascii import hexlify, unhexlify
from bisect import bisect_left
from typing import Final

from service.domain.day_ledger import DayLedger
from service.domain.remembered import CELL, Remembered

COUNT: Final = struct.Struct("<I")
_SHORT: Final = struct.Struct("<H")
_SPAN: Final = struct.Struct("<BB")
GONE_HEAD: Final = struct.Struct("<IiI")
"""How many days were forgotten, the first of them, and how many are known."""
_FLAGS: Final = struct.Struct("<B")
_KEPT_HEAD: Final = struct.Struct("<BI")
_ZEROS: Final = ord("0")
_HALVES: Final = ord("4")
_DAYS: Final = ord("d")
"""Codes of columns that are not copied: nothing but zeros, half a byte each, days by their low bytes. Others are type codes."""
_BYTE: Final = [bytes([value]) for value in range(256)]
_EMPTY: Final = {ord(code): array(code) for code in "BbHhIiq"}
_DAY_CODE: Final = ord("H")
_ZERO: Final = array("B", [0])
_SMALL: Final = bytes(range(16))
_DIGITS: Final = bytes.maketrans(_SMALL, b"0123456789abcdef")
_VALUES: Final = bytes.maketrans(b"0123456789abcdef", _SMALL)
_WORTH: Final = 16
"""A shorter column is copied: it would take more time than room."""
_KEPT: Final = 1
_GONE: Final = 2
_MANY: Final = 0xFFFF
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

    def count(self) -> int:
        """The next count."""
        (count,) = self.values(_SHORT)
        return self.values(COUNT)[0] if count == _MANY else count

    def column(self, length: int) -> "array[int]":
        """The next column."""
        code = self.byte()
        if code == _ZEROS:
            return _ZERO * length
        if code == _DAYS:
            return self._days(length)
        if code == _HALVES:
            return array("B", hexlify(self.take((length + 1) // 2)).translate(_VALUES)[:length])
        column = _EMPTY[code][:]
        column.frombytes(self.take(length * column.itemsize))
        return column

    def ledger(self, ledger: DayLedger) -> None:
        """The next days and amounts, into an empty ledger."""
        flags, width = self.byte(), len(ledger.columns)
        if flags & _KEPT:
            (count,) = self.values(COUNT)
            ledger.days = self.column(count)
            ledger.columns = [self.column(count) for _ in range(width)]
        if flags & _GONE:
            ledger.forgotten, ledger.first_forgotten, recent = self.gone()
            ledger.recent = self.column(recent)
            ledger.base = array("q", bytes(self.take(8 * width))).tolist()

    def gone(self) -> tuple[int, ...]:
        """What is known of forgotten days: GONE_HEAD."""
        return self.values(GONE_HEAD)

    def remembered(self, width: int) -> Remembered:
        """The next ids, with so many numbers each."""
        remembered = Remembered(width)
        if count := self.count():
            remembered.days = self.column(count)
            remembered.columns = [self.column(count) for _ in range(width)]
            remembered.cells = bytearray(self.take(count * CELL))
        return remembered

    def _days(self, length: int) -> "array[int]":
        high, more = self.values(_SPAN)
        begins = [self.values(_SHORT)[0] for _ in range(more)]
        low, days, begin = bytes(self.take(length)), _EMPTY[_DAY_CODE][:], 0
        for end in (*begins, length):
            days.frombytes(low[begin:end].replace(b"", _BYTE[high])[1:])  # the high byte before, between and behind all
            high, begin = high + 1, end
        return days


def put_count(parts: list[Part], count: int) -> None:
    """A count, most often a short one."""
    parts.append(_SHORT.pack(count) if count < _MANY else _SHORT.pack(_MANY) + COUNT.pack(count))


def put_column(parts: list[Part], column: "array[int]") -> None:
    """A column of at least one number."""
    code = column.typecode
    if code == "B" and (len(column) >= _WORTH or not column[-1]):
        packed = column.tobytes()
        if not packed.strip(b"\0"):
            parts.append(_BYTE[_ZEROS])
            return
        if len(packed) >= _WORTH and not packed.translate(None, _SMALL):
            parts += (_BYTE[_HALVES], unhexlify(packed.translate(_DIGITS) + b"0" * (len(packed) % 2)))
            return
    parts += (code.encode(), column)


def put_days(parts: list[Part], days: "array[int]") -> None:
    """A column of days in growing order: where the high byte is the next higher from, and the low bytes."""
    count = len(days)
    if _WORTH <= count < _MANY and days.typecode == "H":
        first, last = days[0] >> 8, days[-1] >> 8
        if 4 * (last - first) < count:
            parts += (_BYTE[_DAYS], _SPAN.pack(first, last - first))
            parts += [_SHORT.pack(bisect_left(days, high << 8)) for high in range(first + 1, last + 1)]
            parts.append(days.tobytes()[::2])
            return
    put_column(parts, days)


def put_ledger(parts: list[Part], ledger: DayLedger) -> None:
    """Days and amounts, and what is known of forgotten days."""
    flags = bool(ledger.days) * _KEPT | bool(ledger.forgotten) * _GONE
    if ledger.days:
        parts.append(_KEPT_HEAD.pack(flags, len(ledger.days)))
        put_days(parts, ledger.days)
        for column in ledger.columns:
            put_column(parts, column)
    else:
        parts.append(_FLAGS.pack(flags))
    if ledger.forgotten:
        parts.append(GONE_HEAD.pack(ledger.forgotten, ledger.first_forgotten, len(ledger.recent)))
        put_days(parts, ledger.recent)
        parts.append(array("q", ledger.base))


def put_remembered(parts: list[Part], remembered: Remembered) -> None:
    """Remembered ids: numbers first, so that the ids stand together with what comes behind them."""
    count = len(remembered.days)
    put_count(parts, count)
    if count:
        put_days(parts, remembered.days)
        for column in remembered.columns:
            put_column(parts, column)
        parts.append(remembered.cells)
