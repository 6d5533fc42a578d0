"""The row of a partition itself: which log it follows, how far, what time it is there, and the policy in force."""

import msgspec

VERSION = 1


class PartitionRow(msgspec.Struct, array_like=True):
    """Kept in the table beside the customers' rows and written last in every transaction."""

    log_id: str | None = None
    next: int = 0
    """The offset to read next."""
    clock: int | None = None
    """The largest instant the partition knows of, in microseconds since 1970, before settling."""
    policy: str | None = None
    """The text of the active policy."""
    profiled: int = -1
    """Rows with a position up to this one have their profile out."""
    version: int = VERSION

    def encode(self) -> bytes:
        """The row as bytes."""
        return _encode(self)

    @classmethod
    def decode(cls, row: bytes) -> "PartitionRow":
        """The row of bytes; msgspec.DecodeError when damaged."""
        return _decode(row)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(PartitionRow).decode
