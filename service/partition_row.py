"""The row of a partition itself: which log it follows, how far, what time it is there, and the policies in force."""

import msgspec

VERSION = 2


def key_of(number: int) -> bytes:
    """The row's key; those of customers never begin with a zero byte."""
    return b"\0" + number.to_bytes(4, "big")


class FuturePartitionRow(Exception):
    """A row of a version that this service does not know."""


class Activated(msgspec.Struct, array_like=True):
    """A policy that the log changed to."""

    text: str
    day: int
    """The business day that the clock had reached."""
    micros: int
    """The activation's time, in microseconds since 1970."""


class PartitionRow(msgspec.Struct, array_like=True):
    """Kept in the table beside the customers' rows and written last in every transaction."""

    log_id: str | None = None
    next: int = 0
    """The offset to read next."""
    clock: int | None = None
    """The largest instant the partition knows of, in microseconds since 1970, before settling."""
    policy: str | None = None
    """The text of the oldest policy that a row may still be under."""
    profiled: int = -1
    """Rows with a position up to this one have their profile out."""
    version: int = VERSION
    later: list[Activated] = msgspec.field(default_factory=list)
    """The policies after it, in the order of the log; a row of version 1 has none."""
    rebuilding: int | None = None
    """While a rebuild is under way: up to which offset the log had been read before it, 0 when that is not known."""

    read_at: int = 0
    """The timestamp of the record read last, in milliseconds since 1970."""

    time: str | None = None
    """Whose time the log is read in, events or wall; None: a row older than this field."""

    def encode(self) -> bytes:
        """The row as bytes."""
        return _encode(self)

    @classmethod
    def decode(cls, row: bytes) -> "PartitionRow":
        """The row of bytes; msgspec.DecodeError when damaged, FuturePartitionRow."""
        found = _decode(row)
        if found.version > VERSION:
            raise FuturePartitionRow(f"a row of version {found.version}, and this service reads up to {VERSION}: upgrade first")
        found.version = VERSION
        return found


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PartitionRow).decode
