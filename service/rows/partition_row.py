"""The row of a partition itself: which log it follows, how far, what time it is there, and the policies in force."""

import msgspec

from service.log_mismatch import LogMismatch

VERSION = 3
"""Of the row of a partition that customers were erased from: a service that does not know of them must not read on there."""
BEFORE_ERASURES = 2
"""Of any other: to go back to that service is no rebuild."""


def key_of(number: int) -> bytes:
    """The row's key; those of customers never begin with a zero byte."""
    return b"\0" + number.to_bytes(4, "big")


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
    version: int = BEFORE_ERASURES
    later: list[Activated] = msgspec.field(default_factory=list)
    """The policies after it, in the order of the log; a row of version 1 has none."""
    rebuilding: int | None = None
    """While a rebuild is under way: up to which offset the log had been read before it, 0 when that is not known."""

    read_at: int = 0
    """The timestamp of the record read last, in milliseconds since 1970."""

    customers: int | None = None
    """How many customers' rows there are besides it; None: a row older than this field."""
    time: str | None = None
    """Whose time the log is read in, events or wall; None: a row older than this field."""
    erased: int = 0
    """How many rows there are of customers who were erased."""

    def encode(self) -> bytes:
        """The row as bytes."""
        return _encode(self)


def read(number: int, row: bytes | None) -> PartitionRow:
    """The row of a partition; None: it has none yet. LogMismatch when it is damaged, or of a version not known here."""
    if row is None:
        return PartitionRow()
    try:
        found = _decode(row)
    except msgspec.DecodeError as error:
        raise LogMismatch(f"the row of partition {number} itself can't be read ({error}): run `tiering rebuild`") from None
    if found.version > VERSION:
        raise LogMismatch(
            f"partition {number} has a row of version {found.version}, and this service reads up to {VERSION}: upgrade first"
        )
    found.version = VERSION if found.erased else BEFORE_ERASURES
    return found


def check(number: int, row: PartitionRow, customers: int, time: str) -> None:
    """See whether a row is of these customers' rows and of this time. LogMismatch."""
    if row.customers is not None and customers != row.customers:
        raise LogMismatch(
            f"partition {number} has the rows of {customers} customers, and should have {row.customers}: the"
            " changelog was cut or written by somebody else (see `tiering topics check`); run `tiering rebuild`"
        )
    if row.time not in (None, time):
        raise LogMismatch(
            f"partition {number} was read in {row.time} time, and TIERING_TIME is {time}: set it to"
            f" {row.time}, or run `tiering rebuild --anew` to have all of the log read in {time} time"
        )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PartitionRow).decode
