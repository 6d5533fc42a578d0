"""`python -m tests.performance.recovery`: how long a worker takes to have its rows, and how much memory they take.

Complete Journey's kind of customers in four partitions of one worker; beside it, taking turns, a plain aiokafka loop that puts
the same changelog into a dict.
"""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

import click
import msgspec

from schemas import topics
from service.demo.deployment import Deployment
from service.laptop.process import free_port
from service.laptop.servers import Servers
from tests.performance.crowd import Crowd
from tests.performance.machine import machine
from tests.performance.ops import metric, readiness
from tests.performance.plain_recovery import Recovered
from tests.performance.tables import counted, hundredths, markdown, spread, tenths, whole
from tests.performance.watch import cpu_seconds, resident_megabytes

SIZES = (0, 100_000, 1_000_000)
PATIENCE = 120.0
WORKER, PLAIN = "worker", "plain aiokafka loop"
HEADS = (
    "customers",
    "by",
    "rows/s while they load",
    "rows/s until ready",
    "assigned to ready, s",
    "process start to ready, s",
    "CPU us a row",
    "RSS MB",
    "bytes a customer",
)


class Run(NamedTuple):
    """One recovery; seconds. A plain loop has no more than rows."""

    rows: float
    assigned: float
    started: float
    cpu: float
    resident_mb: float


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--size", "sizes", type=int, multiple=True, default=SIZES, show_default=True, help="Customers; repeat it.")
def main(rounds: int, sizes: Sequence[int]) -> None:
    """Recover changelogs of several sizes; a Markdown table goes to stdout, medians with the least and the most."""
    crowd = Crowd()
    found = asyncio.run(measure(crowd, sizes, rounds))
    click.echo(f"{machine()}; rows of {crowd.row_bytes:.0f} bytes in the mean\n\n{markdown(HEADS, list(lines(found)))}")


async def measure(crowd: Crowd, sizes: Sequence[int], rounds: int) -> dict[tuple[int, str], list[Run]]:
    """All runs, by customers and by whom."""
    found = dict[tuple[int, str], list[Run]]()
    with Servers() as servers:
        for size in sizes:
            with Deployment(servers) as deployment:
                address = f"127.0.0.1:{free_port()}"
                deployment.settings = replace(deployment.settings, topic_prefix=f"of-{size}-", http=address)
                click.echo(f"writing {size:,} customers", err=True)
                await crowd.settle(deployment, size)
                for number in range(1, rounds + 1):
                    click.echo(f"{size:,} customers, round {number} of {rounds}", err=True)
                    found.setdefault((size, WORKER), []).append(await asyncio.wait_for(_worker(deployment, size), PATIENCE))
                    if size:
                        found.setdefault((size, PLAIN), []).append(await asyncio.wait_for(_plain(deployment), PATIENCE))
    return found


async def _worker(deployment: Deployment, size: int) -> Run:
    address, began = deployment.settings.http, time.monotonic()
    deployment.start("customers")
    pid, assigned = deployment.workers["customers"].process.pid, None
    used = 0.0
    while not ((state := await readiness(address)) and state.ready):
        if assigned is None and state is not None and "rows" in (state.waits_for or ""):
            assigned, used = time.monotonic(), cpu_seconds(pid)
        deployment.check()
        await asyncio.sleep(0.01)
    ready = time.monotonic()
    cpu = cpu_seconds(pid) - used
    rows, seconds = await metric(address, "tiering_recovery_rows_total"), await metric(address, "tiering_recovery_seconds")
    if rows < size:
        raise click.ClickException(f"the worker found {rows:,.0f} rows, and {size:,} were written")
    run = Run(seconds, ready - (assigned or ready), ready - began, cpu, resident_megabytes(pid))
    deployment.workers.pop("customers").stop()
    return run


async def _plain(deployment: Deployment) -> Run:
    settings = deployment.settings
    arguments = [settings.kafka, settings.topic(topics.CHANGELOG), str(settings.partitions)]
    command, began = [sys.executable, "-m", "tests.performance.plain_recovery", *arguments], time.monotonic()
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    found = msgspec.json.decode((await process.communicate())[0], type=Recovered)
    return Run(found.seconds, found.seconds, time.monotonic() - began, found.cpu, found.resident_mb)


def lines(found: dict[tuple[int, str], list[Run]]) -> Iterator[Sequence[str]]:
    """The rows of the table. Bytes a customer: what the process takes more than one without customers."""
    without = [run.resident_mb for (size, who), runs in found.items() for run in runs if size == 0 and who == WORKER]
    for (size, who), runs in found.items():
        each = ""
        if without and size and who == WORKER:
            each = f"{(median(run.resident_mb for run in runs) - median(without)) * 1e6 / size:,.0f}"
        yield [
            counted(size),
            who,
            spread([size / run.rows for run in runs], whole) if size else "",
            spread([size / run.assigned for run in runs], whole) if size else "",
            spread([run.assigned for run in runs], hundredths),
            spread([run.started for run in runs], tenths),
            spread([run.cpu / size * 1e6 for run in runs], tenths) if size else "",
            spread([run.resident_mb for run in runs], whole),
            each,
        ]


if __name__ == "__main__":
    main()
