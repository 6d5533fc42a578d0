"""Files of events: JSON Lines, plain, .gz or .zst."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from heapq import heappop, heappush
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import msgspec
import zstandard

from schemas.inbound import Time

_CHUNK = 1 << 18
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Line(NamedTuple):
    """A line of a file, counted from 1."""

    file: str
    number: int
    value: bytes


class Unpacker(Protocol):
    """Unpacks one frame."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class DamagedFile(OSError):
    """A packed file that is cut off or is not what its name says."""


def lines(path: Path) -> Iterator[Line]:
    """The lines of one file that hold anything; OSError when it can't be read, DamagedFile when it can't be unpacked."""
    rest, number = b"", 0
    for chunk in _unpacked(path):
        *whole, rest = (rest + chunk).split(b"\n")
        for raw in whole:
            number += 1
            if raw.strip():
                yield Line(str(path), number, raw.rstrip(b"\r"))
    if rest.strip():
        yield Line(str(path), number + 1, rest.rstrip(b"\r"))


def in_order(paths: Sequence[Path]) -> Iterator[Line]:
    """One file after the other."""
    for path in paths:
        yield from lines(path)


def merged(paths: Sequence[Path]) -> Iterator[Line]:
    """Each file in its own order; next comes the file whose next line has the earliest time, ties in the order given."""
    heap: list[tuple[datetime, int, Line, Iterator[Line]]] = []

    def push(number: int, source: Iterator[Line]) -> None:
        line = next(source, None)
        if line is not None:
            heappush(heap, (time_of(line) or _BEFORE_ALL, number, line, source))

    for number, path in enumerate(paths):
        push(number, lines(path))
    while heap:
        _, number, line, source = heappop(heap)
        yield line
        push(number, source)


class _Timed(msgspec.Struct):
    """What is looked at of a line to merge it."""

    time: Time


_timed = msgspec.json.Decoder(_Timed)


def time_of(line: Line) -> datetime | None:
    """The time of a line's event; None when it has none that can be read."""
    try:
        return _timed.decode(line.value).time
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _unpacked(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        if path.suffix == ".gz":
            yield from _unpack(path, stream, lambda: zlib.decompressobj(wbits=31))
        elif path.suffix == ".zst":
            yield from _unpack(path, stream, zstandard.ZstdDecompressor().decompressobj)
        else:
            yield from iter(lambda: stream.read(_CHUNK), b"")


def _unpack(path: Path, stream: BinaryIO, begin: Callable[[], Unpacker]) -> Iterator[bytes]:
    """All frames of a packed file, one behind the other."""
    unpacker: Unpacker | None = None
    for packed in iter(lambda: stream.read(_CHUNK), b""):
        left = packed
        while left:
            unpacker = unpacker or begin()
            try:
                yield unpacker.decompress(left)
            except (zlib.error, zstandard.ZstdError) as error:
                raise DamagedFile(f"{path} is no {path.suffix} file, or damaged: {error}") from error
            left = unpacker.unused_data if unpacker.eof else b""
            if unpacker.eof:
                unpacker = None
    if unpacker is not None:
        raise DamagedFile(f"{path} is cut off: its end is missing")
