"""Log lines: for people on a terminal, or one JSON object a line. They carry nothing that an event says.

What the service itself logs is one of `log_events`. What libraries log is let through from warnings on, without the words of
errors that could quote an event, and seldom where it is always the same.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from service.logs.error_words import in_full, in_short
from service.logs.termination_log import TerminationLog

Style = Literal["auto", "human", "json"]

_encode = msgspec.json.Encoder(enc_hook=str).encode
_COLOURS = {logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "1;31"}
_ROLE_WIDTH, _LEVEL_WIDTH = len("read-model"), len("critical")
# C0, C1, line and paragraph separators, and what turns the direction of writing: a line that holds them could look like another.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_NO_FAULT = {
    # After a commit the broker refuses the next transaction until the markers are written: aiokafka retries.
    "aiokafka.producer.sender": "NotEnoughReplicas",
    "aiokafka.consumer.group_coordinator": "because it is rebalancing",
}
"""By logger, words of lines that are left out."""
MOST_CHARACTERS = 2_000
"""Of a message."""
MOST_WORDS = 1_000
SAME, SAME_SECONDS = 5, 60.0
"""Of lines that a library makes from the same words so many are let through in so many seconds."""


class Formatter(logging.Formatter):
    """What both forms have in common; `role` is this process's."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role

    def said(self, record: logging.LogRecord) -> str:
        """The message, of one who is no part of the service with his name."""
        message = record.getMessage()[:MOST_CHARACTERS]
        return message if _ours(record) else f"{record.name}: {message}"

    def error(self, record: logging.LogRecord) -> str | None:
        """What went wrong, in full, if something did."""
        return in_full(record.exc_info[1]) if record.exc_info and record.exc_info[1] else None


class JsonLines(Formatter):
    """One JSON object an event: time, level, role, event, message, its fields, the next step and the error if there are any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, object] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "role": self.role,
            "event": getattr(record, "event", "library"),
            "message": self.said(record),
        }
        more = {"next_step": getattr(record, "next_step", ""), "error": self.error(record)}
        line |= {name: value for name, value in _fields(record).items() if name not in line}
        return _encode(line | {name: value for name, value in more.items() if value}).decode()


class HumanLines(Formatter):
    """Time, level, role and message in columns; the next step behind an arrow."""

    def __init__(self, role: str, *, coloured: bool = False) -> None:
        super().__init__(role)
        self.coloured = coloured

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; an error's lines follow, indented."""
        level = f"{record.levelname.lower():{_LEVEL_WIDTH}}"
        if self.coloured and record.levelno in _COLOURS:
            level = f"\x1b[{_COLOURS[record.levelno]}m{level}\x1b[0m"
        next_step = getattr(record, "next_step", "")
        message = self.said(record) + (f" -> {next_step}" if next_step else "")
        line = f"{_moment(record)}  {level}  {self.role:{_ROLE_WIDTH}}  {escaped(message)}"
        error = self.error(record)
        return "\n    ".join([line, *map(escaped, error.splitlines())]) if error else line


class Library(logging.Filter):
    """What libraries log: no words of errors, no more than the first line, and the same words only so often."""

    def __init__(self) -> None:
        super().__init__()
        self._since: dict[tuple[str, object], tuple[float, int]] = {}
        """By logger and words: when counting began, and how many there were."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line goes out."""
        if _ours(record):
            return True
        if isinstance(record.msg, BaseException):
            record.msg = in_short(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_Named(each) if isinstance(each, BaseException) else each for each in record.args)
        if record.name == "asyncio":  # its next lines quote what a task held
            record.msg, record.args = record.getMessage().partition("\n")[0], None
        return self._is_seldom(record)

    def _is_seldom(self, record: logging.LogRecord) -> bool:
        if len(self._since) > MOST_WORDS:
            self._since.clear()
        now, words = time.monotonic(), (record.name, record.msg)
        since, count = self._since.get(words, (now, 0))
        if now - since >= SAME_SECONDS:
            if count > SAME:
                record.msg, record.args = f"{record.getMessage()} (and {count - SAME} more like it before)", None
            since, count = now, 0
        self._since[words] = since, count + 1
        return count < SAME


class _Named:
    """Stands in for an error among what a line is made of."""

    def __init__(self, error: BaseException) -> None:
        self._words = in_short(error)

    def __repr__(self) -> str:
        return self._words


def configure(style: Style, role: str, termination_log: Path) -> None:
    """Lines go to stderr: the service's from info on, the libraries' from warnings on; fatal ones to the termination log too."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(style, role, terminal=sys.stderr.isatty(), environ=os.environ))
    handler.addFilter(Library())
    logging.basicConfig(level=logging.WARNING, handlers=[handler, TerminationLog(termination_log)], force=True)
    logging.captureWarnings(True)
    logging.getLogger("service").setLevel(logging.INFO)
    for name in ("service.role_app", "service.faust_safe"):  # Faust tells there what it starts and stops
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, words in _NO_FAULT.items():
        logging.getLogger(name).addFilter(_without(words))


def _without(words: str) -> Callable[[logging.LogRecord], bool]:
    return lambda record: words not in record.getMessage()


def formatter(style: Style, role: str, *, terminal: bool, environ: Mapping[str, str]) -> Formatter:
    """The form of the lines; colours are for terminals, where NO_COLOR does not forbid them."""
    if style == "json" or (style == "auto" and not terminal):
        return JsonLines(role)
    return HumanLines(role, coloured=terminal and not environ.get("NO_COLOR"))


def escaped(text: str) -> str:
    """A text that stays in its line, whatever it holds."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _ours(record: logging.LogRecord) -> bool:
    return hasattr(record, "event")


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return fields


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
