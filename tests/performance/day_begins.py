"""`python -m tests.performance.day_begins`: on a real Kafka a day begins on which everybody is due, and new orders come in.

How long an order waits for its announcement while the reviews are made, against afterwards: what waits longest is how long a
partition stands still.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

import service.policies
from schemas import topics
from service.demo.deployment import Deployment
from service.intake import Forward, intake
from service.laptop.process import free_port
from service.laptop.servers import Servers
from service.partitioner import partition_for
from service.settings import Settings
from tests.performance.ops import metric

POLICY = Path(service.policies.__path__[0]) / "coffee.toml"
CUSTOMERS = 20_000
DAYS_AGO = 25
RATE = 50
AFTERWARDS_SECONDS = 15.0


def order(customer: str, at: datetime) -> bytes:
    """A producer's order, as intake forwards it."""
    data = {"order_id": f"o-{customer}", "amount_minor": 2_500, "currency": "CNY", "channel": "till"}
    event = {"specversion": "1.0", "id": f"e-{customer}", "source": "/till", "type": "order.paid.v1", "subject": customer}
    taken = intake(json.dumps({**event, "time": at.isoformat(), "data": data}).encode(), (), now=at, currency="CNY")
    if not isinstance(taken, Forward):
        raise TypeError(f"intake should forward what the benchmark sends: {taken}")
    return taken.value


class Log:
    """Writes into the log, and knows when."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self.settings, self.producer = settings, producer
        self.sent: dict[str, float] = {}

    async def send(self, customer: str, at: datetime) -> None:
        """An order of a customer."""
        key, topic = customer.encode(), self.settings.topic(topics.CUSTOMER_ACTIVITY)
        self.sent[customer] = time.monotonic()
        partition = partition_for(key, self.settings.partitions)
        await self.producer.send(topic, order(customer, at), key=key, partition=partition)


async def listen(settings: Settings, log: Log, waits: dict[str, float]) -> None:
    """How long each enrolment waited."""
    consumer = AIOKafkaConsumer(
        settings.topic(topics.TIER_CHANGES),
        bootstrap_servers=settings.kafka,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=10,
    )
    async with consumer:
        async for record in consumer:
            customer = record.key.decode()
            if customer in log.sent and customer not in waits:
                waits[customer] = time.monotonic() - log.sent[customer]


def lines(waits: dict[str, float]) -> Iterator[str]:
    """Of the orders during the reviews, and of those after."""
    for when in ("during", "after"):
        found = [seconds * 1e3 for customer, seconds in waits.items() if customer.startswith(when)]
        cuts = quantiles(found, n=100)
        yield f"{when:7} {len(found):6,} orders waited {median(found):.0f} ms, p99 {cuts[98]:.0f}, longest {max(found):.0f}"


async def main() -> None:
    """All due at once."""
    with Servers() as servers, Deployment(servers) as deployment:
        address = f"127.0.0.1:{free_port()}"
        settings = deployment.settings = replace(deployment.settings, time="wall", http=address)
        await deployment.prepare(POLICY.read_text(encoding="utf-8"))
        async with AIOKafkaProducer(bootstrap_servers=settings.kafka, linger_ms=1) as producer:
            log, waits = Log(settings, producer), dict[str, float]()
            long_ago = datetime.now(UTC) - timedelta(days=DAYS_AGO)
            for number in range(CUSTOMERS):
                await log.send(f"old-{number}", long_ago)
            log.sent.clear()
            listening = asyncio.ensure_future(listen(settings, log, waits))
            deployment.start("customers")
            await asyncio.sleep(3)
            began, when, until, count = time.monotonic(), "before", float("inf"), 0
            while time.monotonic() < until:
                deployment.check()
                if when != "after" and count % RATE == 0:
                    when, until = await _look(address, when, began)
                await log.send(f"{when}-{count}", datetime.now(UTC))
                count += 1
                await asyncio.sleep(1 / RATE)
            await asyncio.sleep(1)
            listening.cancel()
    print("\n".join(lines(waits)))  # noqa: T201


async def _look(address: str, when: str, began: float) -> tuple[str, float]:
    """Whether reviews have begun, or are over."""
    reviews, due = await metric(address, "tiering_reviews_total"), await metric(address, "tiering_reviews_due")
    if due == 0 and reviews >= CUSTOMERS:
        print(f"{reviews:,.0f} reviews, {time.monotonic() - began:.0f} s since the start")  # noqa: T201
        return "after", time.monotonic() + AFTERWARDS_SECONDS
    print(f"\r{reviews:,.0f} reviews, {due:,.0f} due", end="", file=sys.stderr)  # noqa: T201
    return ("during" if reviews else "before"), float("inf")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
