"""`tiering doctor`: is all as it has to be, and what to do where it is not. It writes nothing."""

import asyncio
import logging
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console

from service.access.rights import ROLES
from service.doctor.examination import examine
from service.doctor.finding import Finding, Status, exit_code

_SYMBOLS = {
    Status.OK: ("✓", "green"),
    Status.WARN: ("!", "yellow"),
    Status.FAIL: ("✗", "red"),
    Status.SKIPPED: ("-", "bright_black"),
}


@click.command(
    name="doctor",
    short_help="What is wrong, and what to do",
    help="""Look at settings, Kafka, topics, rights, Redis, log, policies, workers and lag; say what is wrong, and what to do.

    Nothing is written, no group joined, no worker disturbed: run it beside live ones.

    Exit 0: nothing failed (warnings may be there), 1: something did, 2: the settings can't be read, 3: Kafka or Redis can't be
    reached.""",
)
@click.option("--role", type=click.Choice(ROLES), help="Only what this role has to do with, with its rights.")
@click.option("--json", "as_json", is_flag=True, help="For programs: an array of objects on stdout.")
def command(role: str | None, as_json: bool) -> None:
    """A line a finding, on stdout."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it logs what it also raises
    findings = asyncio.run(_examined(role, as_json))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode([_document(each) for each in findings]), indent=2).decode())
    else:
        for each in skipped(findings):
            click.echo(coloured(each))
        click.echo(summary(findings), err=True)
    raise SystemExit(exit_code(findings))


async def _examined(role: str | None, as_json: bool) -> list[Finding]:
    findings = []
    with Waiting(Console(stderr=True)) as waiting:
        async for each in examine(os.environ, role):
            findings.append(each)
            if not as_json and each.status != Status.SKIPPED:
                with waiting.paused():
                    click.echo(coloured(each))
    return findings


class Waiting:
    """A sign on a terminal that something is under way, after a second of it."""

    def __init__(self, console: Console) -> None:
        self._status = console.status("looking") if console.is_terminal else None
        self._shown = False

    def __enter__(self) -> "Waiting":
        if self._status is not None:
            self._handle = asyncio.get_running_loop().call_later(1.0, self._show)
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._handle.cancel()
            self._status.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Without it, to write a line."""
        if self._status is not None and self._shown:
            self._status.stop()
        yield
        if self._status is not None and self._shown:
            self._status.start()

    def _show(self) -> None:
        if self._status is not None:
            self._shown = True
            self._status.start()


def skipped(findings: Iterable[Finding]) -> list[Finding]:
    """What could not be looked at, in one line a reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for each in findings:
        if each.status == Status.SKIPPED:
            reasons[each.found].append(each.check)
    return [Finding("not looked at", Status.SKIPPED, f"{', '.join(checks)}: {why}") for why, checks in reasons.items()]


def line(finding: Finding) -> str:
    """How bad, what, and what to do."""
    text = f"{finding.status:4}  {finding.check:20} {finding.found}"
    return f"{text} -> {finding.do}" if finding.do else text


def coloured(finding: Finding) -> str:
    """The line as a terminal shows it; elsewhere, and where NO_COLOR is set, as it is."""
    if not sys.stdout.isatty():
        return line(finding)
    symbol, colour = _SYMBOLS[finding.status]
    begin = f"{symbol} {finding.status:4}"
    text = line(finding).removeprefix(f"{finding.status:4}")
    return f"{begin if os.environ.get('NO_COLOR') else click.style(begin, fg=colour)}{text}"


def summary(findings: Sequence[Finding]) -> str:
    """The last line: how many of which."""
    number = Counter(each.status for each in findings)
    said = [
        f"{number[Status.FAIL]} failed" if number[Status.FAIL] else "nothing failed",
        f"{number[Status.WARN]} to look at" if number[Status.WARN] else "",
        f"{number[Status.SKIPPED]} not looked at" if number[Status.SKIPPED] else "",
    ]
    return f"{len(findings)} checks: {', '.join(filter(None, said))}"


def _document(finding: Finding) -> dict[str, Any]:
    return {"check": finding.check, "status": finding.status.lower(), "found": finding.found, "do": finding.do}
