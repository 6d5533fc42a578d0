"""Remembered ids: eight bytes each, searched as bytes (a C scan), with the day, a content fingerprint and numbers beside."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b

from service.domain.running_totals import with_inserted

ID_BYTES = 8


def short_id(*parts: str) -> bytes:
    """Eight bytes that stand for an id; two ids of one customer share them once in 10^19 pairs."""
    return blake2b("\0".join(parts).encode(), digest_size=ID_BYTES).digest()


class Remembered:
    """Ids in the order of their days."""

    __slots__ = ("columns", "days", "fingerprints", "ids")

    def __init__(self, width: int = 0) -> None:
        self.ids = bytearray()
        self.fingerprints = array("I")
        self.days = array("b")
        self.columns = [array("b") for _ in range(width)]

    def __len__(self) -> int:
        return len(self.days)

    def find(self, short: bytes, since: int = -(1 << 30)) -> int | None:
        """Where an id stands, if its day is not before `since`."""
        at = self.ids.find(short)
        while at >= 0:
            if not at % ID_BYTES:
                index = at // ID_BYTES
                return index if self.days[index] >= since else None
            at = self.ids.find(short, at + 1)
        return None

    def add(self, short: bytes, fingerprint: int, day: int, numbers: Sequence[int] = ()) -> int:
        """Remember an id; where it stands now."""
        index = bisect_right(self.days, day)
        self.ids[index * ID_BYTES : index * ID_BYTES] = short
        self.fingerprints.insert(index, fingerprint)
        self.days = with_inserted(self.days, index, day)
        for number, value in enumerate(numbers):
            self.columns[number] = with_inserted(self.columns[number], index, value)
        return index

    def forget(self, before: int) -> None:
        """Drop the ids of days before `before`."""
        count = bisect_right(self.days, before - 1)
        if count:
            del self.ids[: count * ID_BYTES]
            for column in (self.fingerprints, self.days, *self.columns):
                del column[:count]
