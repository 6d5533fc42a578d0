"""`python -m tests.deploy.picture.alive FOLDER [MINUTES]`: the demo's year in some minutes, faults in it, then the pictures."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

import aiohttp
from aiokafka import AIOKafkaProducer

import service.policies
from schemas import topics
from service.demo import journey
from tests.deploy.picture.__main__ import draw
from tests.deploy.picture.scene import Scene, scene

POLICY = Path(service.policies.__path__[0]) / "grocery.toml"
JUNK = (b"{", b'{"specversion": "1.0"}', b"\xff\xfe not JSON")
ONE_IN = 400
"""So rarely comes a record that is refused."""
LOOK_UPS = 20
"""A second, at most."""
RATE = 35
"""Events a second, of the demo's year about a day in three seconds."""


async def send(kafka: str, seconds: float) -> None:
    """The demo's events for so many seconds, with some junk among them."""
    events = list(journey.events())[: int(seconds * RATE)]
    began = time.monotonic()
    async with AIOKafkaProducer(bootstrap_servers=kafka, linger_ms=5) as producer:
        for number, event in enumerate(events):
            if (ahead := number / RATE - (time.monotonic() - began)) > 0.01:
                await asyncio.sleep(ahead)
            await producer.send(event.topic, event.value, key=event.customer_id.encode())
            if number % ONE_IN == 0:
                await producer.send(topics.ORDERS, JUNK[number // ONE_IN % len(JUNK)])


async def look_up(query: str) -> None:
    """Customers of the demo's events, one after the other, until cancelled; whatever the answer."""
    customers = cycle([event.customer_id for event in islice(journey.events(), 1_000)])
    async with aiohttp.ClientSession() as session:
        for customer in customers:
            with suppress(aiohttp.ClientError):
                await (await session.get(f"http://{query}/customers/{customer}")).release()
            await asyncio.sleep(1 / LOOK_UPS)


def faults(played: Scene) -> list[tuple[float, Callable[[], None]]]:
    """What goes wrong, and when: in parts of the time."""
    redis = played.servers.started[-1].process
    newer = played.folder / "newer.toml"
    newer.write_text(POLICY.read_text().replace("version = 1", "version = 2", 1))
    return [
        (0.30, lambda: played.running["customers-1"].kill()),
        (0.38, lambda: played.start("customers-1")),
        (0.50, lambda: redis.send_signal(signal.SIGSTOP)),
        (0.60, lambda: redis.send_signal(signal.SIGCONT)),
        (0.66, lambda: played.tiering("policy", "activate", str(newer))),
        (0.75, lambda: played.running["intake-1"].kill()),
        (0.80, lambda: played.start("intake-1")),
    ]


async def play(played: Scene, seconds: float) -> None:
    """Load and faults, and a little quiet at the end in which a census can be taken."""
    sending = asyncio.create_task(send(played.servers.kafka, seconds * 0.95))
    looking_up = asyncio.create_task(look_up(played.query))
    began = time.monotonic()
    for part, fault in faults(played):
        await asyncio.sleep(part * seconds - (time.monotonic() - began))
        await asyncio.to_thread(fault)
    await sending
    looking_up.cancel()
    await asyncio.sleep(max(0.0, seconds - (time.monotonic() - began)))


def main(folder: Path, minutes: float) -> None:
    """Play, draw, and say which panels were empty."""
    folder.mkdir(parents=True, exist_ok=True)
    with scene(folder, POLICY) as played:
        asyncio.run(play(played, minutes * 60))
        empty = draw(played.prometheus, folder, minutes)
    for name, titles in empty.items():
        sys.stdout.write(f"{name}: {'no data: ' + ', '.join(titles) if titles else 'every panel shows something'}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 10)
