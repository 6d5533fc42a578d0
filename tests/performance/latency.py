"""`python -m tests.performance.latency`: from a producer's call until a reader of committed records has the announcement.

The real workers on a real Kafka. First a backlog, which says how much they can do; then the workload at a pace, three times.
A Kafka that has just been started spends more on compiling itself than on events, for a minute or more: the first pace is shown
as it is then too, and held until that is over.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import click

from service.demo.deployment import Deployment
from service.laptop.servers import Servers
from tests.performance.course import WAYS, Course
from tests.performance.machine import machine
from tests.performance.tables import markdown
from tests.performance.watch import Watch

RATES = (500.0, 5_000.0)
HEADS = (
    "way",
    "events/s",
    "announced",
    "p50 ms",
    "p90",
    "p99",
    "longest",
    "generator late, p99 ms",
    "CPU us an event",
    "others' cores",
)


@click.command()
@click.option("--seconds", type=click.FloatRange(1), default=15.0, show_default=True, help="Of each pace, after the warm-up.")
@click.option(
    "--warm", type=click.FloatRange(0), default=60.0, show_default=True, help="Seconds until Kafka has compiled itself."
)
@click.option("--rate", "rates", type=float, multiple=True, default=RATES, show_default=True, help="Events a second; repeat it.")
@click.option("--way", "ways", type=click.Choice(list(WAYS)), multiple=True, default=list(WAYS), help="Both, if not told.")
def main(seconds: float, warm: float, rates: Sequence[float], ways: Sequence[str]) -> None:
    """Measure each way at these rates, and at half of what it can do; a Markdown table goes to stdout."""
    rows = asyncio.run(measure(seconds, warm, rates, ways))
    click.echo(f"{machine()}\n")
    click.echo(markdown(HEADS, rows))


async def measure(seconds: float, warm: float, rates: Sequence[float], ways: Sequence[str]) -> list[Sequence[str]]:
    """The rows of the table; the first way is on a Kafka that has just been started."""
    with Servers() as servers, Watch() as watch:
        watch.add("Kafka", servers.started[0].process.pid)
        rows = list[Sequence[str]]()
        for number, way in enumerate(ways):
            rows += await _of(servers, watch, way, seconds, 0.0 if number else warm, rates)
        return rows


async def _of(
    servers: Servers, watch: Watch, way: str, seconds: float, warm: float, rates: Sequence[float]
) -> list[Sequence[str]]:
    with Deployment(servers) as deployment:
        prefix = way.replace(" ", "-") + "-"
        deployment.settings = replace(deployment.settings, topic_prefix=prefix)
        course, rows = Course(deployment, way, watch), list[Sequence[str]]()
        await course.begin()
        most = await course.most()
        _say(f"{way}: a backlog at {most:,.0f} events a second")
        if warm:
            rows.append((await course.paced(rates[0], seconds)).cells(", Kafka just started"))
            _say(f"{way}: {rates[0]:,.0f} events a second for {warm:.0f} s more, until Kafka has compiled itself")
            await course.paced(rates[0], warm)
        for rate in (*rates, most / 2):
            if rate >= most:
                rows.append([way, f"{rate:,.0f}", f"more than the {most:,.0f} of a backlog", *[""] * (len(HEADS) - 3)])
                continue
            paced = await course.paced(rate, seconds)
            rows.append(paced.cells())
            _say(f"{way}: {rate:,.0f} events a second done")
        await course.end()
        return rows


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
