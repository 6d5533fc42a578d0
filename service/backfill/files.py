"""The files of a backfill as a whole: what they are called, what is in them, and whether they are in the order of time."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from service.event_files import lines, time_of


@dataclass(frozen=True, slots=True)
class Files:
    """`names` and `content` are fingerprints; of the names the order counts, of the content not how it is packed."""

    names: str
    content: str
    count: int
    """Lines of all files."""
    first: datetime | None
    """The earliest time."""
    back: timedelta
    """The longest way back in time from one line to a later one of the same file."""


def look(paths: Sequence[Path], seen: Callable[[], None] = lambda: None) -> Files:
    """Read all files once; `seen` is called for each line. OSError when one can't be read."""
    names, content = hashlib.blake2b(digest_size=8), hashlib.blake2b(digest_size=8)
    count, first, back = 0, None, timedelta()
    for path in paths:
        if not path.is_file():
            raise OSError(f"{path} is no file: a backfill reads its files twice")
        names.update(path.name.encode(errors="surrogateescape") + b"\0")
        latest = None
        for line in lines(path):
            content.update(line.value + b"\n")
            time = time_of(line)
            if time is not None:
                latest = time if latest is None or time > latest else latest
                first = time if first is None or time < first else first
                back = max(back, latest - time)
            count += 1
            seen()
        content.update(b"\0")
    return Files(names.hexdigest(), content.hexdigest(), count, first, back)
