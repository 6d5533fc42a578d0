"""`make bench-peers`: this service and what one would take instead, on the same events, in turns. README.md says more."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path

import click
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError
from rich.console import Console

from service.laptop.process import ServerError
from service.laptop.servers import Servers
from tests.performance import workload
from tests.performance.interleaved import Turn, interleaved
from tests.performance.peers import java, ours
from tests.performance.peers.ground import Ground
from tests.performance.peers.peer_run import PeerFailed, run_peer
from tests.performance.peers.report import Report, machine
from tests.performance.peers.rows import PEERS, PYTHON, YARDSTICK, Peer
from tests.performance.peers.run import Run

MOST_SECONDS = 600.0
"""A turn that takes longer has failed."""
WIDTH = 180
"""Of the tables where no terminal says another."""
RESULTS = Path(".cache") / "bench-peers.json"
OURS: tuple[tuple[tuple[str, ...], Callable[[Ground, int], Awaitable[list[Run]]]], ...] = (
    ((ours.INTAKE, ours.CUSTOMERS, ours.READ_MODEL), ours.role_by_role),
    ((ours.PURE,), ours.pure_python),
    ((ours.COFFEE,), ours.under_coffee),
    ((ours.WHOLE,), ours.whole_service),
    ((ours.TWO,), ours.two_processes),
)
progress = Console(stderr=True, soft_wrap=True)


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="Rounds; each row has its turn in each.")
@click.option("--events", type=click.IntRange(1_000), default=workload.EVENTS, show_default=True, help="Events of the workload.")
@click.option(
    "--only", multiple=True, metavar="TEXT", help="Only the yardstick and rows with this in their names; may be given again."
)
@click.option("--json", "to", type=click.Path(path_type=Path), default=RESULTS, show_default=True, help="All runs, as JSON.")
@click.option("--show", is_flag=True, help="Measure nothing: show what that file holds.")
@click.option("--markdown", is_flag=True, help="Tables for README.md on stdout.")
def main(rounds: int, events: int, only: tuple[str, ...], to: Path, show: bool, markdown: bool) -> None:
    """Measure; nothing is asserted, what is wrong is marked."""
    if show:
        report = Report.read(to)
    elif not PYTHON.exists():
        raise click.ClickException("the peers' environment is not there: run `make bench-peers`, which makes it")
    else:
        report = Report(events, machine())
        try:
            asyncio.run(measure(report, rounds, only, to))
        except ServerError as error:
            raise click.ClickException(str(error)) from None
    wide = Console()
    report.show(wide if wide.is_terminal else Console(width=WIDTH))
    if markdown:
        click.echo(report.markdown())


async def measure(report: Report, rounds: int, only: Sequence[str], to: Path) -> None:
    """All rounds; the file is written after each run, so that nothing is lost."""
    no_java = ""
    if any(peer.needs_java and wanted(peer.name, only) for peer in PEERS):
        progress.print("building the Kafka Streams rows with Maven, where that was not done yet")
        no_java = java.build()
    with Servers() as servers:
        progress.print(f"making {report.events:,} events, loading the log")
        ground = await Ground.laid(servers, report.events)
        async with aclosing(interleaved(turns(ground, only, report, no_java), rounds, progress)) as runs:
            async for run in runs:
                report.runs.append(run)
                report.write(to)
                progress.print(f"  {in_words(run)}", highlight=False)


def turns(ground: Ground, only: Sequence[str], report: Report, no_java: str) -> list[Turn[Run]]:
    """The yardstick stands at both ends of the peers, so that it is near to every row."""
    found = []
    for peer in PEERS:
        if peer.name != YARDSTICK and not wanted(peer.name, only):
            continue
        if peer.needs_java and no_java:
            report.left_out.append(f"{peer.name}: {no_java}")
        else:
            found.append(Turn(peer.name, partial(taken, (peer.name,), partial(_peer, ground, peer))))
    found.append(found[0])
    for names, play in OURS:
        if any(wanted(name, only) for name in names):
            found.append(Turn(", ".join(names), partial(taken, names, partial(play, ground))))
    return found


def wanted(name: str, only: Sequence[str]) -> bool:
    """Whether a row was asked for."""
    return not only or any(text.lower() in name.lower() for text in only)


async def taken(names: tuple[str, ...], play: Callable[[int], Awaitable[list[Run]]], number: int) -> list[Run]:
    """The runs of a turn; what went wrong in it is said of each of its rows."""
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await play(number)
    except TimeoutError:
        return [Run(name, number, error=f"it was not through within {MOST_SECONDS:.0f} s") for name in names]
    except (ServerError, PeerFailed, KafkaError, RedisError, OSError) as error:
        return [Run(name, number, error=f"{error}" or type(error).__name__) for name in names]


async def _peer(ground: Ground, peer: Peer, number: int) -> list[Run]:
    return [await run_peer(ground, peer, number)]


def in_words(run: Run) -> str:
    """A run in a line."""
    if run.error:
        return f"{run.row}: FAILED: {run.error}"
    figures = f"{run.rate:,.0f}/s, {run.cpu:.1f} us CPU ({run.warm_cpu:.1f} warm), {run.peak_mb:.0f} MB, others {run.others:.2f}"
    return f"{run.row}: {figures}{', ' + run.note if run.note else ''}{', WRONG: ' + run.wrong if run.wrong else ''}"


if __name__ == "__main__":
    sys.exit(main())
