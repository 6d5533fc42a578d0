"""`tiering rebuild`: the rows made anew from the log; what differs from what was published is announced."""

import asyncio
import logging
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import msgspec
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from service import other_frame, startup
from service.differences import Change
from service.domain.policy_file import PolicyError
from service.faust_safe import group
from service.faust_safe.batches import Refusal
from service.policy_history import LogMismatch
from service.quarantine import CodeIsWrong
from service.rebuild import Outcome, Rebuild
from service.rows import FutureRow
from service.settings import Settings, SettingsError

_COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(),
    MofNCompleteColumn(),
    TextColumn("{task.fields[rate]}"),
    TimeRemainingColumn(),
)

WAIT_SECONDS = 15.0


@dataclass(frozen=True)
class Wish:
    """What was asked for."""

    partitions: list[int]
    policy: str | None
    dry_run: bool
    anew: bool


@click.command(name="rebuild", help="Make the customers' rows anew from the log, and announce only what differs.")
@click.option("--partition", "partitions", type=click.IntRange(0), multiple=True, help="Only this one; may be repeated.")
@click.option(
    "--policy", type=click.Path(path_type=Path), help="Under this policy, with a frame or window that a log in use refuses."
)
@click.option("--dry-run", is_flag=True, help="Say what would be announced; write nothing.")
@click.option("--anew", is_flag=True, help="Do not go on where an interrupted rebuild was (after an upgrade).")
@click.option("--json", "as_json", is_flag=True, help="The outcome for programs, on stdout.")
def command(partitions: tuple[int, ...], policy: Path | None, dry_run: bool, anew: bool, as_json: bool) -> None:
    """Rebuild partition after partition."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it logs what it also raises
    outcomes: list[Outcome] = []
    try:
        settings = Settings.from_environment(os.environ)
        text = None if policy is None else policy.read_text(encoding="utf-8")
        wish = Wish(sorted(set(partitions)) or list(range(settings.partitions)), text, dry_run, anew)
        outcomes = asyncio.run(_rebuild(settings, wish))
    except (UnicodeDecodeError, PolicyError) as error:
        raise SystemExit(_say(f"{policy}: {error}", 2)) from error
    except (SettingsError, Refusal, LogMismatch, FutureRow) as error:
        raise SystemExit(_say(str(error), 2)) from error
    except CodeIsWrong as error:
        raise SystemExit(_say(f"{error}: the code is wrong, not the data; mend it and run `tiering rebuild` again", 2)) from error
    except (ProducerFenced, InvalidProducerEpoch) as error:
        message = "a worker has taken a partition over: stop the workers of the role customers, and run `tiering rebuild` again"
        raise SystemExit(_say(message, 2)) from error
    except KafkaError as error:
        message = f"Kafka at {settings.kafka} does not answer ({error}): is it running, and is TIERING_KAFKA right?"
        raise SystemExit(_say(message, 3)) from error
    except OSError as error:
        raise SystemExit(_say(str(error), 2)) from error
    if as_json:
        click.echo(msgspec.json.encode(_summary(outcomes, dry_run=dry_run)))
    for line in _lines(outcomes, dry_run=dry_run):
        _say(line)


async def _rebuild(settings: Settings, wish: Wish) -> list[Outcome]:
    await startup.check(replace(settings, policy=None))
    if max(wish.partitions) >= settings.partitions:
        raise Refusal(f"there is no partition {max(wish.partitions)}: the log has {settings.partitions}, counted from 0")
    workers = await (_workers(settings) if wish.dry_run else _no_workers(settings))
    if wish.policy is not None and (count := await other_frame.write(settings, wish.policy, dry=wish.dry_run)):
        _say(f"the policy {'would be' if wish.dry_run else 'was'} written to the end of {count} partitions of the log")
    with Bars(*_COLUMNS, console=Console(stderr=True)) as bars:
        shown = _Shown(bars)
        rebuild = Rebuild(settings, shown, dry=wish.dry_run, beside=workers > 0, under=wish.policy, anew=wish.anew)
        try:
            return [await rebuild.partition(number) for number in wish.partitions]
        finally:
            await rebuild.stop()


async def _workers(settings: Settings) -> int:
    return await group.members(settings.kafka.split(","), settings.group("customers"))


async def _no_workers(settings: Settings) -> int:
    """None is left; one that was killed, or refused to start, counts until its session has timed out. Refusal."""
    deadline = time.monotonic() + WAIT_SECONDS
    if workers := await _workers(settings):
        _say(f"{workers} workers of the role customers are running: waiting {WAIT_SECONDS:.0f} s for their end")
    while workers:
        if time.monotonic() > deadline:
            raise Refusal(f"{workers} workers of the role customers are running: stop them first, and whatever starts them again")
        await asyncio.sleep(0.5)
        workers = await _workers(settings)
    return workers


class _Shown:
    """Two bars a partition."""

    def __init__(self, bars: Bars) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def reads(self, partition: int, offset: int, end: int) -> None:
        self._show(f"partition {partition}: reading the log", offset, end)

    def compares(self, partition: int, customers: int, of: int) -> None:
        self._show(f"partition {partition}: comparing customers", customers, of)

    def _show(self, what: str, done: int, of: int) -> None:
        if what not in self.tasks:
            self.tasks[what] = self.bars.add_task(what, total=of, rate="")
        task = self.tasks[what]
        speed = self.bars.tasks[self.bars.task_ids.index(task)].speed
        self.bars.update(task, completed=done, total=of, rate=f"{speed:,.0f}/s" if speed else "")


def _changes(outcomes: Sequence[Outcome]) -> list[tuple[Change, int]]:
    """Over all partitions, by type and scheme, the most frequent first."""
    total: Counter[Change] = Counter()
    for outcome in outcomes:
        total.update(outcome.differences.changes)
    return sorted(total.items(), key=lambda each: (each[0].type, each[0].scheme or "", -each[1], str(each[0])))


def _summary(outcomes: Sequence[Outcome], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "partitions": [
            {
                "partition": outcome.partition,
                "next": outcome.next,
                "customers": outcome.customers,
                "quarantined": outcome.quarantined,
                "missing_records": outcome.missing,
                "customers_announced": outcome.differences.customers,
                "profiles": outcome.differences.profiles,
                "erased": outcome.differences.erased,
            }
            for outcome in outcomes
        ],
        "announced": [
            {"type": change.type, "scheme": change.scheme, "from": change.before, "to": change.now, "count": count}
            for change, count in _changes(outcomes)
        ],
    }


def _lines(outcomes: Sequence[Outcome], *, dry_run: bool) -> list[str]:
    did = "would be" if dry_run else "were"
    lines = []
    for outcome in outcomes:
        said = outcome.differences
        lines.append(
            f"partition {outcome.partition}: {outcome.customers:,} customers from the log up to offset {outcome.next:,};"
            f" {said.customers:,} {did} announced a difference, {said.profiles:,} profiles {did} renewed, {said.erased:,} erased"
        )
        if outcome.quarantined:
            lines.append(
                f"partition {outcome.partition}: {outcome.quarantined:,} of them in quarantine: `tiering customers show`"
            )
        if outcome.missing:
            lines.append(
                f"partition {outcome.partition}: {outcome.missing:,} records are missing in the log, and were passed over"
            )
    for change, count in _changes(outcomes):
        of = f" {change.scheme}" if change.scheme else ""
        to = "" if change.type == "tier.expiring.v1" else f" -> {change.now or 'none'}"
        lines.append(f"{count:>9,}  {change.type}{of}: {change.before or 'none'}{to}")
    return lines


def _say(text: str, code: int = 0) -> int:
    click.echo(text, err=True)
    return code
