"""`python -m tests.performance.stalls`: how long a worker stands still for reviews, sweeps and the garbage collector.

One customers worker with very many customers on a real Kafka. Orders trickle into one partition all the time: first when nobody
is due, then while everybody is, then while the other three partitions have a backlog too.
"""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import click
from aiokafka import AIOKafkaProducer

from schemas import topics
from service.demo.deployment import Deployment
from service.faust_safe.sending import PRODUCER
from service.laptop.process import free_port
from service.laptop.servers import Servers
from service.partitioner import partition_for
from tests.performance import workload
from tests.performance.crowd import Crowd
from tests.performance.day_begins import order
from tests.performance.listener import Listener
from tests.performance.loading import load
from tests.performance.machine import machine
from tests.performance.ops import until_ready
from tests.performance.tables import markdown
from tests.performance.trickle import GOAL_MS, HEADS, Phase, Trickle

CUSTOMERS, BACKLOG = 200_000, 100_000
SECONDS = 20.0
LATER = timedelta(days=60)
"""So much later everybody is due."""
PATIENCE = 120.0
NOBODY, EVERYBODY, BOTH = "nobody is due", "everybody is due", "everybody is due, and a backlog"


@click.command()
@click.option("--customers", type=click.IntRange(1), default=CUSTOMERS, show_default=True)
@click.option("--seconds", type=click.FloatRange(1), default=SECONDS, show_default=True, help="Of each phase.")
def main(customers: int, seconds: float) -> None:
    """Measure; a Markdown table goes to stdout."""
    phases = asyncio.run(measure(customers, seconds))
    click.echo(f"{machine()}; {customers:,} customers; the longest of each, in bold when over {GOAL_MS:.0f} ms\n")
    click.echo(markdown(HEADS, [phase.cells() for phase in phases]))


async def measure(customers: int, seconds: float) -> list[Phase]:
    """The three phases, with one worker."""
    with Servers() as servers, Deployment(servers) as deployment:
        deployment.settings = settings = replace(deployment.settings, http=f"127.0.0.1:{free_port()}")
        crowd, listener = Crowd(), Listener(settings)
        _say(f"writing {customers:,} customers")
        await crowd.settle(deployment, customers)
        deployment.start("customers", "tests.performance.watched_worker")
        await asyncio.wait_for(until_ready(settings.http), PATIENCE)
        listener.start()
        now = datetime.fromtimestamp((crowd.clock or 0) / 1e6, UTC)
        phases = []
        async with AIOKafkaProducer(bootstrap_servers=settings.kafka, **PRODUCER) as producer:
            trickle = Trickle(deployment, producer)
            await trickle.phase(listener, "warm-up", now, 3.0)
            for name, at in ((NOBODY, now), (EVERYBODY, now + LATER), (BOTH, now + 2 * LATER)):
                _say(name)
                if name == BOTH:
                    await _backlog(deployment)
                elif name == EVERYBODY:
                    await _open(producer, deployment, at)
                phases.append(await trickle.phase(listener, name, at, seconds))
        await listener.stop()
        deployment.workers.pop("customers").stop(0.0)  # it would review all that is left
        return phases


async def _open(producer: AIOKafkaProducer, deployment: Deployment, at: datetime) -> None:
    """A day begins in all partitions but the last, where the trickle sees to it."""
    log = deployment.settings.topic(topics.CUSTOMER_ACTIVITY)
    for partition in range(deployment.settings.partitions - 1):
        await producer.send(log, order(f"first-{partition}", at), key=b"first-%d" % partition, partition=partition)


async def _backlog(deployment: Deployment) -> None:
    """The workload's records, at once, into all partitions but the last."""
    settings = deployment.settings
    stream, last = workload.activities(islice(workload.orders(), BACKLOG)), settings.partitions - 1
    others = [sent for sent in stream if partition_for(sent.customer_id.encode(), settings.partitions) != last]
    await load(settings.kafka, settings.topic(topics.CUSTOMER_ACTIVITY), others)


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
