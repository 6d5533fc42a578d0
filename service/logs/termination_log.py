"""The container's termination message: Kubernetes shows the last words of a process that failed (`kubectl describe pod`)."""

import logging
import os
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 4_096
"""More Kubernetes does not keep."""


class TerminationLog(logging.Handler):
    """Writes the latest fatal line and its next step over what the file held; where there is no such file, nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__(logging.CRITICAL)
        self.path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        next_step = getattr(record, "next_step", "")
        write(self.path, record.getMessage() + (f"\n{next_step}" if next_step else ""))


def write(path: Path, words: str) -> None:
    """Put the last words into the file, if it is there and may be written."""
    with suppress(OSError):
        opened = os.open(path, os.O_WRONLY | os.O_TRUNC)  # never made: in a container it is there
        try:
            os.write(opened, words.encode()[:MOST_BYTES])
        finally:
            os.close(opened)
