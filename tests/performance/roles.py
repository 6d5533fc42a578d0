"""`python -m tests.performance.roles`: events a second and CPU an event of each role, one after the other, on the demo's data.

Each role finds all its input waiting, so a rate is that of a backlog. CPU is of the process from its start, imports included.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaProducer

from schemas import topics
from service.demo import journey
from service.demo.deployment import POLICY, Deployment
from service.demo.lags import Lags
from service.faust_safe.reader import Reader
from service.laptop.servers import Servers
from service.stored_profiles import StoredProfiles

LOOK_SECONDS = 0.1
EVENTS = 30_589


def cpu_seconds(pid: int) -> float:
    """User and system time of a process (Linux)."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(deployment: Deployment, role: str, count: int, done: Callable[[], Awaitable[bool]]) -> None:
    """Start a role, wait until it is done with its records, print a line."""
    began = time.monotonic()
    deployment.start(role)
    while not await done():
        deployment.check()
        await asyncio.sleep(LOOK_SECONDS)
    seconds, cpu = time.monotonic() - began, cpu_seconds(deployment.workers[role].process.pid)
    print(f"{role:11} {count:7,} records in {seconds:5.1f} s, {count / seconds:7,.0f}/s, {cpu / count * 1e6:6.0f} us CPU each")  # noqa: T201
    deployment.workers.pop(role).stop()


async def main() -> None:
    """All three roles."""
    with Servers() as servers, Deployment(servers) as deployment:
        await deployment.prepare(POLICY.read_text(encoding="utf-8"))
        await send(deployment)
        lags, model, expected = Lags(deployment.settings), StoredProfiles(deployment.settings), journey.recount()
        await lags.start()

        async def through(role: str) -> bool:
            lag = await lags.of(role)
            return lag is not None and lag.waiting == 0

        async def all_shown() -> bool:
            shown = {name: journey.figures(profile) async for name, profile in model.profiles() if profile.totals.orders}
            return shown == expected

        await measure(deployment, "intake", EVENTS, lambda: through("intake"))
        await measure(deployment, "customers", EVENTS, lambda: through("customers"))
        await measure(deployment, "read-model", await profiles(deployment), all_shown)
        await lags.stop()
        await model.stop()


async def send(deployment: Deployment) -> None:
    """All events, in the order of their times."""
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, linger_ms=5)
    await producer.start()
    for sent in journey.events():
        await producer.send(deployment.settings.topic(sent.topic), sent.value, key=sent.customer_id.encode())
    await producer.stop()


async def profiles(deployment: Deployment) -> int:
    """About how many profiles wait for the read model (control markers are counted too)."""
    topic = deployment.settings.topic(topics.CUSTOMER_PROFILES)
    reader = Reader(deployment.settings.cluster)
    ends = [(await reader.bounds(topic, partition))[1] for partition in range(deployment.settings.partitions)]
    await reader.stop()
    return sum(ends)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
