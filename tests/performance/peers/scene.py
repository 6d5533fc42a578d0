"""A deployment of this service for one turn: its topics, its real workers, and how far they have come."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from schemas import codec, topics
from service.demo.deployment import Deployment
from service.faust_safe.reader import Reader
from service.laptop.process import free_port
from tests.performance.loading import load
from tests.performance.peers.ground import Ground
from tests.performance.progress import Moments, Progress, calm, follow
from tests.performance.watch import Watch
from tests.performance.workload import Sent

READY_SECONDS = 0.1
COMPILED = Path(__file__).parents[3] / "build" / "compiled" / ".ready"


@dataclass(frozen=True, slots=True)
class Scene:
    """Begins with topics and a policy; no events, no workers."""

    ground: Ground
    deployment: Deployment
    progress: Progress
    addresses: dict[str, str] = field(default_factory=dict)
    """Of the workers' probes."""

    @property
    def policies(self) -> int:
        """Records in the log before the first event: one a partition."""
        return self.deployment.settings.partitions

    async def load(self, topic: str, events: Sequence[Sent]) -> None:
        """Put events into one of its topics."""
        await load(self.ground.servers.kafka, self.deployment.settings.topic(topic), events)

    def start(self, role: str, watch: Watch, *, name: str = "") -> float:
        """One more worker, by the real command, watched under its role or a name of its own; the moment of its start."""
        deployment, name, started = self.deployment, name or role, time.monotonic()
        self.addresses[name] = f"127.0.0.1:{free_port()}"
        deployment.settings = replace(deployment.settings, http=self.addresses[name])
        deployment.start(role)
        deployment.workers[name] = deployment.workers.pop(role)
        watch.add(name, deployment.workers[name].process.pid)
        return started

    def stop(self, name: str) -> None:
        """End a worker in order."""
        self.deployment.workers.pop(name).stop()

    async def ready(self, partitions: int) -> None:
        """Wait until every worker is ready and works on something, and all together on so many partitions."""
        async with aiohttp.ClientSession() as session:
            while True:
                given = [await _partitions(session, self.addresses[name]) for name in self.deployment.workers]
                if all(given) and sum(given) == partitions:
                    return
                self.check()
                await asyncio.sleep(READY_SECONDS)

    async def reviews(self, name: str) -> int:
        """How many reviews a customers worker has made, by its own metrics."""
        async with aiohttp.ClientSession() as session, session.get(f"http://{self.addresses[name]}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
            return int(sum(each.value for family in families for each in family.samples if each.name == "tiering_reviews_total"))

    def check(self) -> None:
        """ServerError when a server or a worker has ended."""
        self.deployment.check()

    async def log_events(self) -> int:
        """Events that intake has put into the log."""
        return await self.progress.written(topics.CUSTOMER_ACTIVITY) - self.policies

    async def folded(self) -> int:
        """Records of the log that customers are through with, policies too."""
        return await self.progress.committed("customers")

    async def all_folded(self, before: int) -> Moments:
        """Until customers are through with the log, and their profiles are out."""
        until = await self.progress.written(topics.CUSTOMER_ACTIVITY)
        moments = await follow(self.folded, before, until, self.check)
        out = await calm(lambda: self.progress.written(topics.CUSTOMER_PROFILES), self.check)
        return replace(moments, out=max(moments.done, out))

    async def all_shown(self) -> float:
        """Until Redis holds every profile; the moment when it did."""
        while True:
            changed = await calm(self.progress.position, self.check)
            if await self.progress.all_shown():
                return changed

    async def profiles(self) -> dict[str, int]:
        """What the latest profiles on the topic come to, and how many there are in all."""
        reader, topic = Reader(self.deployment.settings.cluster), self.deployment.settings.topic(topics.CUSTOMER_PROFILES)
        latest, profiles = dict[bytes, bytes](), 0
        try:
            for partition, end in enumerate(await self.progress.ends(topics.CUSTOMER_PROFILES)):
                async for records in reader.batches(topic, partition, 0, end):
                    latest.update((record.key, record.value) for record in records)
                    profiles += len(records)
        finally:
            await reader.stop()
        totals = [codec.decode_profile(value).data.totals for value in latest.values()]
        spend, orders = sum(each.spend_minor for each in totals), sum(each.orders for each in totals)
        return {"customers": len(totals), "spend": spend, "applied": orders, "profiles": profiles}


@asynccontextmanager
async def scene(ground: Ground, policy: str, *, pure: bool = False) -> AsyncIterator[Scene]:
    """A new deployment under a policy, of the compiled build if there is one; nothing of it is left."""
    with Deployment(ground.servers) as deployment:
        deployment.environment = {"PYTHONPATH": "" if pure or not COMPILED.exists() else str(COMPILED.parent)}
        deployment.settings = replace(deployment.settings, topic_prefix=f"ours-{uuid.uuid4().hex[:8]}-")
        deployment.borrowed = True  # the servers go on without it
        await deployment.prepare(policy)
        progress = Progress(deployment.settings)
        await progress.start()
        try:
            yield Scene(ground, deployment, progress)
        finally:
            await progress.stop()
            for worker in deployment.workers.values():
                worker.process.terminate()
            for worker in deployment.workers.values():
                worker.stop()
            await deployment.clear()


async def _partitions(session: Any, address: str) -> int:
    """How many partitions a worker works on; 0 while it is not ready."""
    try:
        async with session.get(f"http://{address}/readyz") as answer:
            return int((await answer.json()).get("partitions", 0))
    except aiohttp.ClientConnectionError:
        return 0
