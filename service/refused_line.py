"""A refused line of a file of events, as files of dead letters hold it."""

import msgspec

from service.event_files import Line
from service.intake import Rejected

_encode = msgspec.json.Encoder().encode


def refused_line(line: Line, rejected: Rejected) -> bytes:
    """JSON: why, where, and what it was; bytes that are no text are escaped."""
    return _encode(
        {
            "code": rejected.code,
            "message": rejected.message,
            "file": line.file,
            "line": line.number,
            "value": line.value.decode("utf-8", "backslashreplace"),
        }
    )
