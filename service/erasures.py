"""What stays of customers who were erased: of each a digest of his id, the number of his last announcement, and when it was.

Without the number one who comes back would be told things under ids that consumers have seen, and drop as repeats. Without the
time whatever reaches the log late, again, or out of a dead letter would enrol him anew, and without the offset the release of an
earlier row would. Nobody reads an id out of a digest; who has the id can see that it was erased, and when.
"""

import struct
from collections.abc import MutableMapping
from hashlib import blake2b
from typing import Final, NamedTuple

from service.log_mismatch import LogMismatch

_ROW: Final = struct.Struct("<Qqq")
_DIGEST_BYTES: Final = 16
KEY_BYTES: Final = 1 + _DIGEST_BYTES
"""Of a row's key, which begins with a zero byte, as no customer's does; a partition's own is shorter."""


class Erasure(NamedTuple):
    """One, or several of the same customer."""

    sequence: int
    """The largest of what was announced to him; 0: nothing, or nobody knew."""
    micros: int
    """In microseconds since 1970: what happened up to then is not his any more."""
    offset: int
    """Of its record in the log; -1: there is none."""


NONE: Final = Erasure(0, -(1 << 62), -1)
"""Of who was never erased."""


class Erasures:
    """Those of a partition, among its rows under keys that no customer has."""

    def __init__(self, stored: MutableMapping[bytes, bytes]) -> None:
        self._stored = stored
        self._new: dict[bytes, bytes] = {}
        """The rows of this step."""
        self.count = 0
        self.latest = float("-inf")
        """When the newest was, in seconds since 1970: what happened later is nobody's who was erased."""

    def look_at(self, row: bytes) -> None:
        """One of the rows, when the partition is taken over. LogMismatch."""
        self.count += 1
        self.latest = max(self.latest, decode(row).micros / 1_000_000)

    def of(self, key: bytes) -> Erasure:
        """A customer's; NONE: he was never erased."""
        if not self.count:
            return NONE
        own = key_of(key)
        row = self._new.get(own) or self._stored.get(own)
        return NONE if row is None else decode(row)

    def add(self, key: bytes, erasure: Erasure) -> None:
        """A customer is erased, perhaps again."""
        before = self.of(key)
        if before is NONE:
            self.count += 1
        sequence, micros = max(erasure.sequence, before.sequence), max(erasure.micros, before.micros)
        self._new[key_of(key)] = _ROW.pack(sequence, micros, erasure.offset)
        self.latest = max(self.latest, micros / 1_000_000)

    def cover(self, key: bytes, seconds: float) -> bool:
        """Whether what happened then was of a customer who has been erased since; nothing after `latest` was."""
        return seconds <= self.of(key).micros / 1_000_000

    def settle(self) -> dict[bytes, bytes]:
        """The rows that this step has added."""
        new, self._new = self._new, {}
        self._stored.update(new)
        return new


def key_of(customer: bytes) -> bytes:
    """The key of what stays of a customer."""
    return b"\0" + blake2b(customer, digest_size=_DIGEST_BYTES).digest()


def within(row: bytes, end: int) -> bytes | None:
    """A row for a log that ends there, in which a later offset would mean another record; None when it is damaged."""
    if len(row) != _ROW.size:
        return None
    sequence, micros, offset = _ROW.unpack(row)
    return _ROW.pack(sequence, micros, offset if offset < end else NONE.offset)


def decode(row: bytes) -> Erasure:
    """What a row says; LogMismatch when it is damaged."""
    if len(row) != _ROW.size:
        raise LogMismatch(f"what is kept of an erased customer is damaged ({row!r}): run `tiering rebuild`")
    return Erasure(*_ROW.unpack(row))
