"""`tiering rebuild`: the rows made anew from the log; what differs from what was published is announced."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import msgspec
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced
from rich.console import Console
from rich.progress import Progress

from schemas.topics import CUSTOMER_ACTIVITY
from service import startup
from service.commands import rebuild_words
from service.commands.deployment import deployment, said
from service.commands.operation import operation, why
from service.exit_codes import WRONG_USE
from service.faust_safe import group
from service.faust_safe.batches import Refusal
from service.faust_safe.membership import SESSION_SECONDS
from service.logs import log_events
from service.partition_names import ranges
from service.quarantine import CodeIsWrong
from service.rebuild import other_frame
from service.rebuild.rebuild import Outcome, Rebuild, Wish
from service.settings import Settings

WAIT_SECONDS = 15.0
OVERTAKEN = "a worker has taken a partition over: stop the workers of the role customers, and run `tiering rebuild` again"


@click.command(
    name="rebuild",
    short_help="The rows anew from the log; announce what differs",
    help="""Make the customers' rows anew from the log, and announce only what differs from what was published.

    It mends a changelog that was deleted or damaged, a log that was made anew or has holes, and what a bug (now mended) has
    announced wrongly. The workers of the role customers have to be stopped, after they have
    caught up: what they had not yet said comes out with the reason "rebuild". A rebuild that was interrupted goes on where it
    was when it is started again.""",
)
@click.option("--partition", "partitions", type=click.IntRange(0), multiple=True, help="Only this one; may be repeated.")
@click.option("--policy", type=click.Path(path_type=Path), help="Under this policy: another frame, a longer window.")
@click.option("--dry-run", is_flag=True, help="Say what would be announced; write nothing. Workers may run.")
@click.option("--anew", is_flag=True, help="Do not go on where an interrupted rebuild was (after an upgrade).")
@click.option("--erase", is_flag=True, help="Take back the profiles of customers that are in no record of the log.")
@click.option("--announce-all", is_flag=True, help="Announce everybody anew when the topic of the profiles was lost.")
@click.option("--json", "as_json", is_flag=True, help="The outcome for programs, on stdout.")
def command(
    partitions: tuple[int, ...], policy: Path | None, dry_run: bool, anew: bool, erase: bool, announce_all: bool, as_json: bool
) -> None:
    """Rebuild partition after partition."""
    with deployment() as settings:
        text = None if policy is None else policy.read_text(encoding="utf-8")
        wish = Wish(dry=dry_run, under=text, anew=anew, erase=erase, announce_all=announce_all)
        try:
            with operation(settings, "rebuild"):
                outcomes = asyncio.run(_rebuild(settings, sorted(set(partitions)) or range(settings.partitions), wish))
        except CodeIsWrong as error:
            message = f"{error}: the code is wrong, not the data; mend it and run `tiering rebuild --anew`"
            raise SystemExit(said(message, WRONG_USE)) from error
        except KeyboardInterrupt:
            raise SystemExit(said("stopped; start it again and it goes on from there, no worker begins before", 130)) from None
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise SystemExit(said(OVERTAKEN, WRONG_USE)) from error
    if as_json:
        click.echo(msgspec.json.encode(rebuild_words.summary(outcomes, dry_run=dry_run)))
    click.echo("\n".join(rebuild_words.lines(outcomes, dry_run=dry_run)), err=True)


async def _rebuild(settings: Settings, numbers: Sequence[int], wish: Wish) -> list[Outcome]:
    await startup.check(replace(settings, policy=None))
    if max(numbers) >= settings.partitions:
        raise Refusal(f"there is no partition {max(numbers)}: the log has {settings.partitions}, counted from 0")
    workers = await (_workers(settings) if wish.dry else _no_workers(settings))
    if wish.under is not None and (count := await other_frame.write(settings, wish.under, dry=wish.dry)):
        click.echo(
            f"the policy {'would be' if wish.dry else 'was'} written to the end of {count} partitions of the log", err=True
        )
    with Progress(*rebuild_words.COLUMNS, console=Console(stderr=True)) as progress:
        rebuild = Rebuild(settings, rebuild_words.Shown(progress), replace(wish, beside=workers > 0))
        try:
            # A dry run changes nothing, so nobody else has to know of it.
            return [await rebuild.partition(number) for number in numbers] if wish.dry else await _logged(rebuild, numbers)
        finally:
            await rebuild.stop()


async def _logged(rebuild: Rebuild, numbers: Sequence[int]) -> list[Outcome]:
    """One partition after the other, each with its line in the log."""
    log = rebuild.settings.topic(CUSTOMER_ACTIVITY)
    log_events.REBUILD_BEGUN(partitions=ranges((log, number) for number in numbers))
    outcomes: list[Outcome] = []
    for number in numbers:
        try:
            outcomes.append(await rebuild.partition(number))
        except BaseException as error:
            log_events.REBUILD_STOPPED(partition=number, reason=why(error))
            raise
        log_events.PARTITION_REBUILT(**rebuild_words.counts(outcomes[-1]))
    log_events.REBUILD_ENDED(
        customers=sum(outcome.customers for outcome in outcomes),
        customers_announced=sum(outcome.differences.customers for outcome in outcomes),
    )
    return outcomes


async def _workers(settings: Settings) -> int:
    return await group.members(settings.cluster, settings.group("customers"))


async def _no_workers(settings: Settings) -> int:
    """None is left; one that was killed, or refused to start, counts until its session has timed out. Refusal."""
    deadline = time.monotonic() + WAIT_SECONDS
    if workers := await _workers(settings):
        click.echo(f"{workers} workers of the role customers are running: waiting {WAIT_SECONDS:.0f} s for their end", err=True)
    while workers:
        if time.monotonic() > deadline:
            raise Refusal(
                f"{workers} workers of the role customers are running: stop them first, and whatever starts them again (one that"
                f" has a name, TIERING_INSTANCE, counts for {SESSION_SECONDS:.0f} s after its end)"
            )
        await asyncio.sleep(0.5)
        workers = await _workers(settings)
    return workers
