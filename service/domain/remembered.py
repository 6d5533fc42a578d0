"""Remembered ids: six bytes and two of their content each, searched as bytes (a C scan), the day and numbers beside."""

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from service.domain.columns import NO_ROWS, with_inserted, with_row, with_rows, with_set

ID_BYTES: Final = 6
CELL: Final = 8
"""An id and the low two bytes of its content's fingerprint.

At ten thousand stores of a thousand orders a day, each compared with a hundred remembered ones, two ids are taken for one
about once in 800 years (a `conflict`, seen); of 65,536 conflicts one is taken for a repeat.
"""
_DIGEST: Final = blake2b(digest_size=8)


def short_id(*parts: str) -> bytes:
    """Six bytes that stand for an id."""
    digest = _DIGEST.copy()  # a new one takes longer
    digest.update("\0".join(parts).encode())
    return digest.digest()[:ID_BYTES]


class Remembered:
    """Ids in the order of their days, each with some numbers."""

    __slots__ = ("cells", "columns", "days")

    def __init__(self, width: int = 0) -> None:
        self.cells = bytearray()
        self.days = NO_ROWS
        self.columns = [NO_ROWS] * width

    def __len__(self) -> int:
        return len(self.days)

    def find(self, short: bytes, since: int = -(1 << 30)) -> int | None:
        """Where an id stands, if its day is not before `since`."""
        at = self.cells.find(short)
        while at >= 0:
            if not at % CELL and self.days[at // CELL] >= since:
                return at // CELL
            at = self.cells.find(short, at + 1)
        return None

    def is_same(self, index: int, fingerprint: int) -> bool:
        """Whether the id at an index was remembered with this content."""
        return self.cells[index * CELL + ID_BYTES : (index + 1) * CELL] == _mark(fingerprint)

    def id_at(self, index: int) -> bytes:
        """The short id at an index."""
        return bytes(self.cells[index * CELL : index * CELL + ID_BYTES])

    def mark_at(self, index: int) -> int:
        """What is remembered of the content of the id at an index, to be given as its fingerprint."""
        return int.from_bytes(self.cells[index * CELL + ID_BYTES : (index + 1) * CELL], "little")

    def add(self, short: bytes, fingerprint: int, day: int, numbers: Sequence[int] = ()) -> int:
        """Remember an id; where it stands now."""
        if not self.days or self.days[-1] <= day:
            self.cells += short + _mark(fingerprint)
            self.days, self.columns = with_row(self.days, self.columns, day, numbers)
            return len(self.days) - 1
        index = bisect_right(self.days, day)
        self.cells[index * CELL : index * CELL] = short + _mark(fingerprint)
        self.days = with_inserted(self.days, index, day)
        for number, value in enumerate(numbers):
            self.columns[number] = with_inserted(self.columns[number], index, value)
        return index

    def extend(self, cells: list[bytes], days: list[int], numbers: list[list[int]]) -> None:
        """Remember ids of growing days, the first no earlier than the newest; `cells` are ids with their marks."""
        self.cells += b"".join(cells)
        self.days, self.columns = with_rows(self.days, self.columns, days, numbers)

    def set(self, column: int, index: int, value: int) -> None:
        """Change a number of the id at an index."""
        self.columns[column] = with_set(self.columns[column], index, value)

    def forget(self, before: int) -> int:
        """Drop the ids of days before `before`; how many there were."""
        if not self.days or self.days[0] >= before:
            return 0
        count = bisect_right(self.days, before - 1)
        del self.cells[: count * CELL]
        for column in (self.days, *self.columns):
            del column[:count]
        return count


def _mark(fingerprint: int) -> bytes:
    return (fingerprint & 0xFFFF).to_bytes(2, "little")
