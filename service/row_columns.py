"""Facts in a row: columns that are copied as they are, and next to nothing for what is empty."""

import struct
from array import array
from collections.abc import Iterator

from service.domain.day_ledger import DayLedger
from service.domain.facts import Facts
from service.domain.remembered import CELL, ID_BYTES, Remembered

_COUNT = struct.Struct("<I")
_SHORT = struct.Struct("<H")
_FORGOTTEN = struct.Struct("<IiB")
_COMPLAINT = struct.Struct(f"<{ID_BYTES}sii")
_ZEROS = ord("0")
_CODE = {code: ord(code) for code in "BbHhIiq"}
_KEPT, _GONE = 1, 2


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

    def column(self, length: int) -> "array[int]":
        """The next column."""
        code = self.byte()
        if code == _ZEROS:
            return array("B", bytes(length))
        column = array(chr(code))
        column.frombytes(self.take(length * column.itemsize))
        return column


def facts_parts(facts: Facts) -> tuple[bytes, bytes, bytes]:
    """All facts but those of the header, as the parts of a row: most events change the first two alone."""
    if facts.packed is None:
        facts.packed = b"".join(_other_parts(facts))
    return _ledger_part(facts.purchases), _remembered_part(facts.orders.orders), facts.packed


def read_facts(source: Source, facts: Facts) -> None:
    """The facts of a row, into empty ones."""
    facts.purchases, facts.orders.orders = _ledger(source, 3), _remembered(source, 3)
    begins = source.at
    facts.debits = _ledger(source, 1)
    for _ in range(source.values(_SHORT)[0]):
        kind = bytes(source.take(source.byte())).decode()
        facts.interactions[kind] = _ledger(source, 1)
    facts.orders.refunds, facts.events = _remembered(source, 2), _remembered(source, 0)
    facts.orders.refund_orders = bytearray(source.take(len(facts.orders.refunds) * ID_BYTES))
    for _ in range(source.values(_SHORT)[0]):
        short, given, resolved = _COMPLAINT.unpack(source.take(_COMPLAINT.size))
        facts.complaints.by_id[short] = (given, resolved)
    if count := source.values(_SHORT)[0]:
        facts.ratings.days, facts.ratings.scores = source.column(count), bytearray(source.take(count))
    facts.packed = source.since(begins)


def _put_column(out: bytearray, column: "array[int]") -> None:
    if column.typecode == "B" and not bytes(column).strip(b"\0"):
        out.append(_ZEROS)
    else:
        out.append(_CODE[column.typecode])
        out += column


def _other_parts(facts: Facts) -> Iterator[bytes | bytearray]:
    yield _ledger_part(facts.debits)
    yield _SHORT.pack(len(facts.interactions))
    for kind, ledger in facts.interactions.items():
        name = kind.encode()
        yield len(name).to_bytes(1, "little") + name
        yield _ledger_part(ledger)
    yield _remembered_part(facts.orders.refunds)
    yield _remembered_part(facts.events)
    yield facts.orders.refund_orders
    yield _feedback_part(facts)


def _feedback_part(facts: Facts) -> bytes:
    out = bytearray(_SHORT.pack(len(facts.complaints.by_id)))
    for short, (given, resolved) in facts.complaints.by_id.items():
        out += _COMPLAINT.pack(short, given, resolved)
    out += _SHORT.pack(len(facts.ratings.days))
    if facts.ratings.days:
        _put_column(out, facts.ratings.days)
        out += facts.ratings.scores
    return bytes(out)


def _ledger_part(ledger: DayLedger) -> bytes:
    if ledger.packed is None:
        ledger.packed = _packed_ledger(ledger)
    return ledger.packed


def _packed_ledger(ledger: DayLedger) -> bytes:
    out = bytearray()
    out.append(bool(ledger.days) * _KEPT | bool(ledger.forgotten) * _GONE)
    if ledger.days:
        out += _COUNT.pack(len(ledger.days))
        for column in (ledger.days, *ledger.columns):
            _put_column(out, column)
    if ledger.forgotten:
        out += _FORGOTTEN.pack(ledger.forgotten, ledger.first_forgotten, len(ledger.recent))
        _put_column(out, ledger.recent)
        out += array("q", ledger.base).tobytes()
    return bytes(out)


def _ledger(source: Source, width: int) -> DayLedger:
    ledger, begins, flags = DayLedger(width), source.at, source.byte()
    if flags & _KEPT:
        (count,) = source.values(_COUNT)
        ledger.days = source.column(count)
        ledger.columns = [source.column(count) for _ in range(width)]
    if flags & _GONE:
        ledger.forgotten, ledger.first_forgotten, recent = source.values(_FORGOTTEN)
        ledger.recent = source.column(recent)
        ledger.base = array("q", bytes(source.take(8 * width))).tolist()
    ledger.packed = source.since(begins)
    return ledger


def _remembered_part(remembered: Remembered) -> bytes:
    if remembered.packed is None:
        remembered.packed = _packed_remembered(remembered)
    return remembered.packed


def _packed_remembered(remembered: Remembered) -> bytes:
    out = bytearray()
    out += _SHORT.pack(len(remembered)) if len(remembered) < 0xFFFF else b"\xff\xff" + _COUNT.pack(len(remembered))
    if remembered.days:
        out += remembered.cells
        for column in (remembered.days, *remembered.columns):
            _put_column(out, column)
    return bytes(out)


def _remembered(source: Source, width: int) -> Remembered:
    remembered, begins = Remembered(width), source.at
    (count,) = source.values(_SHORT)
    if count == 0xFFFF:
        (count,) = source.values(_COUNT)
    if count:
        remembered.cells = bytearray(source.take(count * CELL))
        remembered.days = source.column(count)
        remembered.columns = [source.column(count) for _ in range(width)]
    remembered.packed = source.since(begins)
    return remembered
