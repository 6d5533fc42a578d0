"""Files of events: JSON Lines, plain, .gz or .zst."""

import gzip
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush
from pathlib import Path
from typing import BinaryIO, NamedTuple

import zstandard

_TIME = re.compile(rb'"time"\s*:\s*"([^"\\]{1,64})"')
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Line(NamedTuple):
    """A line of a file, counted from 1."""

    file: str
    number: int
    value: bytes


def open_lines(path: Path) -> BinaryIO:
    """A file opened for reading, unpacked as its name says; OSError when it cannot be."""
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.open(path))
    if path.suffix == ".zst":
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(path.open("rb")))
    return path.open("rb")


def lines(path: Path) -> Iterator[Line]:
    """The lines of one file that hold anything."""
    with open_lines(path) as stream:
        for number, raw in enumerate(stream, start=1):
            value = raw.strip(b"\r\n")
            if value.strip():
                yield Line(str(path), number, value)


def in_order(paths: list[Path]) -> Iterator[Line]:
    """One file after the other."""
    for path in paths:
        yield from lines(path)


def merged(paths: list[Path]) -> Iterator[Line]:
    """Each file in its own order; next comes the file whose next line has the earliest time, ties in the order given."""
    heap: list[tuple[datetime, int, Line, Iterator[Line]]] = []

    def push(number: int, source: Iterator[Line]) -> None:
        line = next(source, None)
        if line is not None:
            heappush(heap, (_time_of(line.value), number, line, source))

    for number, path in enumerate(paths):
        push(number, lines(path))
    while heap:
        _, number, line, source = heappop(heap)
        yield line
        push(number, source)


def _time_of(value: bytes) -> datetime:
    """The time that a line names; before all others when it names none that can be read."""
    found = _TIME.search(value)
    if found is None:
        return _BEFORE_ALL
    try:
        time = datetime.fromisoformat(found[1].decode())
    except (ValueError, UnicodeDecodeError):
        return _BEFORE_ALL
    return time if time.tzinfo is not None else _BEFORE_ALL
