"""`tiering backfill`: history from files straight into the log."""

import asyncio
import fcntl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import click
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from schemas.topics import CUSTOMER_ACTIVITY
from service import spans
from service.backfill.backfill import Backfill
from service.backfill.files import Files, look
from service.backfill.marks import positions
from service.commands import outputs
from service.commands.deployment import deployment
from service.commands.operation import operation, why
from service.domain.calendar import business_day, date_of
from service.domain.policy import Frame
from service.domain.policy_file import parse_policy
from service.event_files import Line, merged, time_of
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.faust_safe.sending import PRODUCER
from service.intake import Forward, Rejected, Taken
from service.log_clock import day_reached
from service.logs import log_events
from service.pace import Pace
from service.refused_line import refused_line
from service.settings import Settings
from service.startup import check as check_start

_SHOW_SECONDS, _STOP_SECONDS = 0.2, 10.0
HELP = """Put history from files (JSON Lines, plain, .gz or .zst) straight into the log.

The files are merged by time, each in its own order, and checked as intake checks. A run that was interrupted goes on where
it stopped when it is started again with the same files; what is in the log already is not sent again.

Do it first: after `tiering topics apply`, before the first worker starts. The workers' first tick moves the clock of the
log to today (TIERING_TIME=wall), and from then on events more than the policy's late_days back are refused as too-late.
"""


@click.command(name="backfill", help=HELP)
@click.option("--dead-letters", type=click.Path(path_type=Path), help="Where refused lines go, as `tiering replay` writes them.")
@click.option("--rate", type=click.FloatRange(1), help="Events a second at most (as fast as Kafka takes them).")
@click.option("--anew", is_flag=True, help="Send all lines, whatever was sent before; repeats change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask, even when the history comes too late.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(dead_letters: Path | None, rate: float | None, anew: bool, yes: bool, files: tuple[Path, ...]) -> None:
    """Say how much was put into the log, and what was refused."""
    with deployment() as settings, _alone(files[0]):
        outputs.check([dead_letters] if dead_letters else [], files)
        work = Work(settings, files, dead_letters, rate, anew=anew, ask=not yes and sys.stdin.isatty())
        try:
            with operation(settings, "backfill"):
                asyncio.run(work.run())
        except (KafkaError, KeyboardInterrupt) as stopped:
            if work.counts["lines"]:
                click.echo("stopped; start it again with the same files and it goes on from there", err=True)
            if isinstance(stopped, KafkaError):
                raise
            raise SystemExit(130) from None


class Work:
    """One run of the command."""

    def __init__(
        self, settings: Settings, paths: Sequence[Path], letters: Path | None, rate: float | None, *, anew: bool, ask: bool
    ) -> None:
        self.settings, self.paths, self.letters, self.anew, self.ask = settings, paths, letters, anew, ask
        self.rate, self.pace = rate, Pace(rate)
        self.counts: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    async def run(self) -> None:
        """Look at the files, find where to go on, send. Refusal, KafkaError, OSError."""
        activation = await check_start(replace(self.settings, policy=None))
        frame = parse_policy(activation.data.text).frame
        with _progress() as progress:
            task = progress.add_task("looking at the files", total=None)
            files = look(self.paths, lambda: progress.advance(task))
            progress.update(task, description="finding where to go on", completed=0)
            async with spans.consumer(self.settings) as source:
                begun = {} if self.anew else await positions(source, self.settings, files)
        if begun:
            click.echo(f"going on after line {max(begun.values()):,} of {files.count:,}", err=True)
        elif faults := [fault async for fault in self._doubts(files, frame)]:
            click.echo("\n".join(faults), err=True)
            if self.ask:
                click.confirm("Go on?", abort=True, err=True)
        log_events.BACKFILL_BEGUN(files=len(self.paths), lines=files.count, line=max(begun.values(), default=0))
        try:
            with self.letters.open("wb") if self.letters else nullcontext() as letters:
                await self._send(files, begun, frame, letters)
        except BaseException as error:
            log_events.BACKFILL_STOPPED(line=self.counts["lines"], lines=files.count, reason=why(error))
            raise
        self._say()

    async def _doubts(self, files: Files, frame: Frame) -> AsyncIterator[str]:
        """What will be refused as too-late by the customers agent."""
        if files.back > timedelta(days=frame.late_days):
            yield (
                f"a file goes back in time by {files.back.days:,} days from one line to a later one; what is more than late_days"
                f" ({frame.late_days}) behind is refused as too-late: sort each file by time"
            )
        reader = Reader(self.settings.cluster)
        try:
            reached = await day_reached(self.settings, reader, frame)
        finally:
            await reader.stop()
        if reached is not None and files.first is not None and business_day(files.first, frame.zone) < reached - frame.late_days:
            yield (
                f"the clock of this deployment has reached {date_of(reached)}: of this history, which begins on"
                f" {files.first:%Y-%m-%d}, what is before {date_of(reached - frame.late_days)} (late_days {frame.late_days}) is"
                " refused as too-late; history has to come before the workers' first tick"
            )

    async def _send(self, files: Files, begun: dict[int, int], frame: Frame, letters: BinaryIO | None) -> None:
        producer = self.settings.cluster.producer(enable_idempotence=True, **PRODUCER)
        try:
            await producer.start()
            self.pace = Pace(self.rate)
            backfill = Backfill(producer, self.settings, frame.currency, files, begun)
            with _progress() as progress:
                task = progress.add_task("sending", total=files.count)
                shown = 0.0
                for line in merged(self.paths):
                    self._note(line, await backfill.take(line), letters)
                    if backfill.sent > self.pace.count:
                        await self.pace.one_more()
                    if time.monotonic() - shown > _SHOW_SECONDS:
                        shown = time.monotonic()
                        progress.update(task, completed=backfill.line, description=self._reached(backfill, line))
                        await asyncio.sleep(0)  # Ctrl-C is heard here
                await backfill.finish()
                self.counts["sent"] = backfill.sent
        finally:
            with suppress(TimeoutError):  # it would wait for a broker that does not come back
                await asyncio.wait_for(producer.stop(), _STOP_SECONDS)

    def _note(self, line: Line, taken: Taken, letters: BinaryIO | None) -> None:
        self.counts["lines"] += 1
        if isinstance(taken, Forward):
            self.counts["forwarded"] += 1
        elif isinstance(taken, Rejected):
            self.refused[taken.code] += 1
            if letters is not None:
                letters.write(refused_line(line, taken) + b"\n")

    def _reached(self, backfill: Backfill, line: Line) -> str:
        at = time_of(line)
        day = f"reached {at:%Y-%m-%d}" if at else ""
        return f"{backfill.sent:,} events, {self.pace.reached:,.0f}/s, {day}"

    def _say(self) -> None:
        counts, refused, log = self.counts, self.refused, self.settings.topic(CUSTOMER_ACTIVITY)
        lines, sent, present = counts["lines"], counts["sent"], counts["forwarded"] - counts["sent"]
        anonymous = lines - counts["forwarded"] - refused.total()
        click.echo(
            f"{lines:,} lines: {sent:,} events put into {log} ({self.pace.reached:,.0f}/s), {present:,} were there already,"
            f" {anonymous:,} anonymous, {refused.total():,} refused",
            err=True,
        )
        log_events.BACKFILL_ENDED(
            lines=lines, sent=sent, topic=log, present=present, anonymous=anonymous, refused=refused.total()
        )
        for code, number in refused.most_common():
            click.echo(f"{number:>9,} {code}", err=True)
        if refused and self.letters is None:
            click.echo(
                "--dead-letters FILE writes the refused lines and why; what is in the log already is not sent again", err=True
            )


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One backfill of a file at a time: two would send the same lines, and one customer's out of order. Refusal."""
    with file.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"another backfill of {file} is running: let it end") from None
        except OSError:
            pass  # a file system without locks
        yield


def _progress() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)
