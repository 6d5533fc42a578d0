"""The demo's own deployment: topics, one worker a role, and nothing left behind."""

import os
import sys
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import service.policies
from service import admin
from service.laptop.process import Server, ServerError
from service.laptop.servers import Servers
from service.settings import Settings

POLICY = Path(service.policies.__path__[0]) / "grocery.toml"
ROLES = ("intake", "customers", "read-model")


class Deployment:
    """Workers on the given servers. On servers that were running before, topics and keys have a prefix of their own."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.borrowed = len(servers.started) < 2
        prefix = f"demo-{uuid.uuid4().hex[:8]}-" if self.borrowed else ""
        self.settings = replace(Settings(time="events"), kafka=servers.kafka, redis=servers.redis, topic_prefix=prefix)
        self.environment: dict[str, str] = {}
        """What workers find in their environment besides."""
        self.workers: dict[str, Server] = {}
        self._logs = tempfile.TemporaryDirectory(prefix="tiering-workers-")

    async def begin(self, policy_text: str) -> None:
        """Topics, then workers."""
        await self.prepare(policy_text)
        for role in ROLES:
            self.start(role)

    async def prepare(self, policy_text: str) -> None:
        """Topics and the first policy."""
        await admin.apply(self.settings, policy_text)

    def start(self, role: str, program: str = "service.commands.main") -> None:
        """One worker; `program` is the module that is run, `tiering` or one that takes the same arguments."""
        settings = self.settings
        environment = {
            **os.environ,
            "TIERING_KAFKA": settings.kafka,
            "TIERING_REDIS": settings.redis,
            "TIERING_TOPIC_PREFIX": settings.topic_prefix,
            "TIERING_PARTITIONS": str(settings.partitions),
            "TIERING_TIME": settings.time,
            "TIERING_HTTP": settings.http,
            "TIERING_POLICY": "",
            "TIERING_LOG": "human",
            **self.environment,
        }
        command = [sys.executable, "-P", "-m", program, "worker", "--role", role]
        log = Path(self._logs.name) / f"{role}.log"
        self.workers[role] = Server(f"The {role} worker", command, log, environment)

    def check(self) -> None:
        """ServerError when a server or a worker has ended."""
        self.servers.check()
        for worker in self.workers.values():
            worker.check()

    async def clear(self) -> None:
        """Remove topics and keys from servers that go on without us."""
        if not self.borrowed:
            return
        client = self.settings.cluster.admin()
        await client.start()
        await client.delete_topics([name for _, name, _ in admin.plan(self.settings)])
        await client.close()
        redis = self.settings.redis_client()
        async for key in redis.scan_iter(match=f"{self.settings.topic_prefix}*"):
            await redis.delete(key)
        await redis.aclose()

    def __enter__(self) -> "Deployment":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self.workers.values():
            worker.process.terminate()  # all at once, then wait for each
        seconds = 2.0 if isinstance(error, ServerError) else 20.0  # without Kafka no worker ends in order
        for worker in self.workers.values():
            worker.stop(seconds)
        self._logs.cleanup()
