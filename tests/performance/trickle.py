"""A trickle: orders of new customers into one partition at an even pace, and how long each waits to be announced."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import count
from statistics import quantiles
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

from schemas import topics
from service.demo.deployment import Deployment
from service.partitioner import partition_for
from tests.performance.day_begins import order
from tests.performance.listener import Listener
from tests.performance.ops import metrics
from tests.performance.watched_worker import STILL, WHAT

RATE = 50.0
GOAL_MS = 100.0
HEADS = (
    "while",
    "orders announced",
    "waited p50 ms",
    "p99",
    "longest",
    "reviews/s",
    "loop stood still ms, on the clock",
    "computing",
    "a bite of reviews",
    "of profiles",
    "the collector",
)


class Phase(NamedTuple):
    """What was found in one phase; milliseconds, `still` the longest by what."""

    name: str
    sent: int
    waits: list[float]
    reviews: float
    still: dict[str, float]

    def cells(self) -> Sequence[str]:
        """A line of the table; what is over the goal is marked."""
        cuts = quantiles(self.waits, n=100) if len(self.waits) > 1 else [0.0] * 99
        waits = f"{cuts[49]:.0f}", f"{cuts[98]:.0f}", f"{max(self.waits, default=0.0):.0f}"
        still = (f"{each:.0f}" if each <= GOAL_MS else f"**{each:.0f}**" for each in self.still.values())
        return [self.name, f"{len(self.waits):,} of {self.sent:,}", *waits, f"{self.reviews:,.0f}", *still]


class Trickle:
    """Orders of new customers of the last partition, at an even pace."""

    def __init__(self, deployment: Deployment, producer: AIOKafkaProducer) -> None:
        settings = deployment.settings
        self.deployment, self.settings, self.producer = deployment, settings, producer
        self.log, self.last = settings.topic(topics.CUSTOMER_ACTIVITY), settings.partitions - 1
        self._customers = self._of_last_partition()

    async def phase(self, listener: Listener, name: str, at: datetime, seconds: float) -> Phase:
        """Send orders of a time, and see how long they wait."""
        listener.take()
        before, begin, called = await metrics(self.settings.http), time.monotonic(), dict[str, float]()
        while (now := time.monotonic()) < begin + seconds:
            await asyncio.sleep(max(0.0, begin + len(called) / RATE - now))
            customer = next(self._customers)
            called[f"e-{customer}"] = time.monotonic()
            await self.producer.send(self.log, order(customer, at), key=customer.encode(), partition=self.last)
            self.deployment.check()
        took, after = time.monotonic() - begin, await metrics(self.settings.http)
        reviews = after("tiering_reviews_total") - before("tiering_reviews_total")
        still = {what: after(STILL, what=what) * 1e3 for what in WHAT}
        heard = listener.take()
        waits = [(heard[event] - then) * 1e3 for event, then in called.items() if event in heard]
        return Phase(name, len(called), waits, reviews / took, still)

    def _of_last_partition(self) -> Iterator[str]:
        names = (f"t{number:07}" for number in count())
        return (name for name in names if partition_for(name.encode(), self.settings.partitions) == self.last)
