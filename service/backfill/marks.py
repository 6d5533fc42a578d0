"""The marks that a backfill leaves in the log: up to which line a partition has all."""

import re
from typing import Any, NamedTuple

from schemas.topics import CUSTOMER_ACTIVITY
from service import spans
from service.backfill.files import Files
from service.faust_safe.batches import Refusal
from service.settings import Settings

MARK = "tiering.backfill"
_MARK = re.compile(rb"([0-9a-f]+):([0-9a-f]+):([0-9]{1,18}):([0-9]{1,18})")


def header(files: Files, line: int) -> tuple[str, bytes]:
    """Of a record whose partition has all lines up to this one."""
    return MARK, f"{files.names}:{files.content}:{line}:{files.count}".encode()


class Mark(NamedTuple):
    """A mark of these names in the log."""

    content: str
    line: int
    lines: int
    """Of all files."""
    timestamp: int


async def positions(source: Any, settings: Settings, files: Files) -> dict[int, int]:
    """Up to which line each partition of the log has all. Refusal when other files of these names were begun and not ended."""
    log = settings.topic(CUSTOMER_ACTIVITY)
    marks: dict[int, Mark] = {}
    for span in await spans.whole(source, log, range(settings.partitions)):
        record = await spans.last(source, span, lambda record: _mark(record, files) is not None)
        if record is not None and (mark := _mark(record, files)):
            marks[span.partition] = mark
    if not marks:
        return {}
    latest = max(marks.values(), key=lambda mark: (mark.timestamp, mark.line))
    if latest.content != files.content and latest.line < latest.lines:
        raise Refusal(
            f"files of these names, with another content, were put into {log} up to line {latest.line:,} of {latest.lines:,}:"
            " give those files to go on, or say --anew to send all lines of these (what the log has already changes nothing)"
        )
    return {partition: mark.line for partition, mark in marks.items() if mark.content == files.content}


def _mark(record: Any, files: Files) -> Mark | None:
    for name, content in record.headers:
        if name == MARK and content is not None and (told := _MARK.fullmatch(content)) and told[1].decode() == files.names:
            return Mark(told[2].decode(), int(told[3]), int(told[4]), record.timestamp)
    return None
