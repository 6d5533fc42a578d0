"""`python -m tests.performance.partitions`: one customers worker on a real Kafka with 4, 16 and 64 partitions.

The worker is ready before the log is filled; what it takes from then until all is committed counts, and what it takes when idle.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from statistics import median
from typing import NamedTuple

import click

from schemas import topics
from service.demo.deployment import Deployment
from service.demo.lags import Lags
from service.laptop.process import free_port
from service.laptop.servers import Servers
from tests.performance import workload
from tests.performance.loading import delete, load
from tests.performance.machine import machine
from tests.performance.ops import metric, until_ready
from tests.performance.tables import markdown, spread, tenths, whole
from tests.performance.watch import Watch, resident_megabytes
from tests.performance.workload import Sent

COUNTS, EVENTS = (4, 16, 64), 60_000
IDLE_SECONDS = 5.0
PATIENCE = 180.0
HEADS = (
    "partitions",
    "events/s",
    "CPU us an event",
    "Kafka's",
    "events a transaction",
    "start to ready, s",
    "idle: cores, Kafka's",
    "RSS MB",
)


class Run(NamedTuple):
    """One worker's way through the log; CPU in microseconds an event, `idle` in cores, the second is Kafka's."""

    rate: float
    cpu: float
    kafka: float
    batch: float
    started: float
    idle: tuple[float, float]
    resident_mb: float


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="In turns.")
@click.option("--count", "counts", type=int, multiple=True, default=COUNTS, show_default=True, help="Partitions; repeat it.")
@click.option("--events", type=click.IntRange(1), default=EVENTS, show_default=True)
def main(rounds: int, counts: Sequence[int], events: int) -> None:
    """Measure; a Markdown table goes to stdout, medians with the least and the most of the rounds."""
    sent = list(workload.activities(islice(workload.orders(), events)))
    runs: dict[int, list[Run]] = {count: [] for count in counts}
    with Servers() as servers, Watch() as watch:
        watch.add("Kafka", servers.started[0].process.pid)
        for number in range(1, rounds + 1):
            for count in counts:
                click.echo(f"round {number} of {rounds}: {count} partitions", err=True)
                prefix = f"round-{number}-of-{count}-"
                runs[count].append(asyncio.run(asyncio.wait_for(_run(servers, watch, prefix, count, sent), PATIENCE)))
                asyncio.run(delete(servers.kafka, prefix))
    click.echo(f"{machine()}; {events:,} events\n\n{markdown(HEADS, list(lines(runs)))}")


async def _run(servers: Servers, watch: Watch, prefix: str, partitions: int, sent: Sequence[Sent]) -> Run:
    with Deployment(servers) as deployment:
        address = f"127.0.0.1:{free_port()}"
        settings = replace(deployment.settings, topic_prefix=prefix, partitions=partitions, http=address)
        deployment.settings = settings
        await deployment.prepare(workload.POLICY)
        lags = Lags(settings)
        await lags.start()
        began = time.monotonic()
        deployment.start("customers")
        pid = deployment.workers["customers"].process.pid
        watch.add("worker", pid)
        await until_ready(address)
        started = time.monotonic() - began
        await _taken(lags, deployment, partitions)
        before = await metric(address, "tiering_step_seconds_count", work="records")
        begin = time.monotonic()
        await load(settings.kafka, settings.topic(topics.CUSTOMER_ACTIVITY), sent, partitions)
        await _taken(lags, deployment, partitions + len(sent))
        end = time.monotonic()
        transactions = await metric(address, "tiering_step_seconds_count", work="records") - before
        await lags.stop()
        await asyncio.sleep(2.0)  # the last profiles
        resting = time.monotonic()
        await asyncio.sleep(IDLE_SECONDS)
        used, idle = watch.between(begin, end).cpu, watch.between(resting, resting + IDLE_SECONDS).cpu
        each = 1e6 / len(sent)
        return Run(
            len(sent) / (end - begin),
            used["worker"] * each,
            used["Kafka"] * each,
            len(sent) / transactions,
            started,
            (idle["worker"] / IDLE_SECONDS, idle["Kafka"] / IDLE_SECONDS),
            resident_megabytes(pid),
        )


async def _taken(lags: Lags, deployment: Deployment, records: int) -> None:
    """Wait until the worker has committed so many records."""
    while True:
        if (lag := await lags.of("customers")) is not None and lag.taken >= records:
            return
        deployment.check()
        await asyncio.sleep(0.05)


def lines(runs: dict[int, list[Run]]) -> Iterator[Sequence[str]]:
    """The rows of the table."""
    for count, found in runs.items():
        forms = (whole, whole, whole, whole, tenths)
        cells = [spread([run[place] for run in found], form) for place, form in enumerate(forms)]  # type: ignore[misc]
        idle = ", ".join(f"{median(run.idle[place] for run in found):.2f}" for place in (0, 1))
        yield [str(count), *cells, idle, spread([run.resident_mb for run in found], whole)]


if __name__ == "__main__":
    main()
