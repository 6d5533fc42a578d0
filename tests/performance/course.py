"""One way through the service with real workers on a real Kafka, at several paces."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import quantiles
from typing import NamedTuple

import click
import msgspec

from schemas import topics
from service.demo.deployment import Deployment
from service.demo.lags import Lags
from service.laptop.process import free_port
from tests.performance import workload
from tests.performance.generator import Played
from tests.performance.listener import Listener
from tests.performance.ops import until_ready
from tests.performance.watch import Usage, Watch

POLICY = workload.POLICY.replace("= 200000", "= 20000").replace("= 500000", "= 50000")
"""The workload's with a tenth of the amounts: a customer's first order is announced, and about the fourth and the ninth."""
WAYS = {"whole way": ("intake", "customers"), "log only": ("customers",)}
BACKLOG, WARM_SECONDS = 40_000, 5.0
LATE_MS = 20.0
"""A generator whose p99 is later than that makes a run void."""
PATIENCE = 120.0


class Paced(NamedTuple):
    """The workload at one pace; `waits` in milliseconds."""

    way: str
    rate: float
    sent: int
    waits: list[float]
    late: float
    usage: Usage

    def cells(self, more: str = "") -> Sequence[str]:
        """A line of the table; `more` to be said of it."""
        cuts = quantiles(self.waits, n=100)
        waits = [*(f"{cuts[percent - 1]:.0f}" for percent in (50, 90, 99)), f"{max(self.waits):.0f}"]
        late = f"{self.late:.1f}" + (" VOID" if self.late > LATE_MS else "")
        cpu = " + ".join(f"{name} {seconds / self.sent * 1e6:.0f}" for name, seconds in self._cpu())
        announced = f"{len(self.waits):,} of {self.sent:,}"
        return [self.way + more, f"{self.rate:,.0f}", announced, *waits, late, cpu, f"{self.usage.others:.2f}"]

    def _cpu(self) -> Iterator[tuple[str, float]]:
        return ((name, self.usage.cpu[name]) for name in (*WAYS[self.way], "Kafka"))


class Course:
    """One way through the service, measured at several paces with the same workers."""

    def __init__(self, deployment: Deployment, way: str, watch: Watch) -> None:
        self.deployment, self.way, self.watch = deployment, way, watch
        self.settings = deployment.settings
        self.lags, self.listener = Lags(self.settings), Listener(self.settings)
        self.skip = 0

    async def begin(self) -> None:
        """Topics, workers, and all of them ready."""
        await self.deployment.prepare(POLICY)
        await self.lags.start()
        self.listener.start()
        for role in WAYS[self.way]:
            self.deployment.settings = replace(self.settings, http=f"127.0.0.1:{free_port()}")
            self.deployment.start(role)
            self.watch.add(role, self.deployment.workers[role].process.pid)
            await asyncio.wait_for(until_ready(self.deployment.settings.http), PATIENCE)

    async def end(self) -> None:
        """The workers end; figures are kept."""
        for role in WAYS[self.way]:
            self.deployment.workers.pop(role).stop()
        await self.listener.stop()
        await self.lags.stop()

    async def most(self) -> float:
        """Events a second of a backlog."""
        played, ended = await self._play(BACKLOG, None)
        await asyncio.sleep(1.0)
        self.listener.take()
        return BACKLOG / (ended - played.called[0])

    async def paced(self, rate: float, seconds: float) -> Paced:
        """The next events at a pace; those of the warm-up do not count."""
        warm = round(rate * WARM_SECONDS)
        played, _ = await self._play(warm + round(rate * seconds), rate)
        await asyncio.sleep(1.0)  # what is committed is read at once
        heard, called = self.listener.take(), played.called[warm:]
        pairs = zip(played.ids[warm:], called, strict=True)
        waits = [(heard[event] - at) * 1e3 for event, at in pairs if event in heard]
        late = quantiles(played.late[warm:], n=100)[98] * 1e3
        return Paced(self.way, rate, len(called), waits, late, self.watch.between(called[0], called[-1]))

    async def _play(self, count: int, rate: float | None) -> tuple[Played, float]:
        """Send events and wait until the customers have taken all of them; the moment of that."""
        arguments = ["--count", str(count), "--skip", str(self.skip), *(["--rate", str(rate)] if rate else [])]
        inbound = self.settings.topic(topics.ORDERS if "intake" in WAYS[self.way] else topics.CUSTOMER_ACTIVITY)
        if "intake" not in WAYS[self.way]:
            arguments.append("--intake-done")
        before, self.skip = await self._taken(), self.skip + count
        command = [sys.executable, "-m", "tests.performance.generator", self.settings.kafka, inbound, *arguments]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        self.watch.add("generator", process.pid)
        generating = asyncio.ensure_future(process.communicate())
        bound = time.monotonic() + PATIENCE + (count / rate if rate else 0)
        while await self._taken() < before + count:
            self.deployment.check()
            if time.monotonic() > bound:
                raise click.ClickException(
                    f"{self.way}: after {PATIENCE:.0f} s of waiting not all of {count:,} events were taken"
                )
            await asyncio.sleep(0.02 if rate is None else 0.2)
        ended = time.monotonic()
        return msgspec.json.decode((await generating)[0], type=Played), ended

    async def _taken(self) -> int:
        lag = await self.lags.of("customers")
        return lag.taken if lag else 0
