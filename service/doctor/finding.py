"""A finding: what one check has found, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """It works, and may not for long, or not as was meant."""
    FAIL = "FAIL"
    SKIPPED = "skip"
    """It could not be looked at."""


class Finding(NamedTuple):
    """A line of the doctor's."""

    check: str
    status: Status
    found: str
    do: str | None = None
    """A command or setting that mends it."""
    code: int = 1
    """The exit code that a failure calls for."""


class Skipped(Exception):
    """A check can't be made; the message says why."""


def ok(check: str, found: str) -> Finding:
    """All is well."""
    return Finding(check, Status.OK, found)


def warn(check: str, found: str, do: str) -> Finding:
    """Something to look at."""
    return Finding(check, Status.WARN, found, do)


def fail(check: str, found: str, do: str) -> Finding:
    """Something to mend."""
    return Finding(check, Status.FAIL, found, do)


def exit_code(findings: Iterable[Finding]) -> int:
    """0: nothing failed; else the highest that one of those that failed calls for."""
    return max((each.code for each in findings if each.status == Status.FAIL), default=0)


def several(things: Iterable[object], most: int = 3) -> str:
    """Some of them by name and how many more: a, b, c and 4 more."""
    names = [str(each) for each in things]
    rest = len(names) - most
    return ", ".join(names) if rest <= 1 else f"{', '.join(names[:most])} and {rest} more"


def counted(number: int, noun: str) -> str:
    """1 topic, 15 topics."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
