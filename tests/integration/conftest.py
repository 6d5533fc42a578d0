"""A deployment of its own for each test, on the servers of the test session."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from service.laptop.servers import Servers
from service.settings import Settings

POLICY = Path(__file__).parents[2] / "service" / "policies" / "grocery.toml"


class Deployment:
    """A deployment of its own on the shared servers: fresh topics, and worker processes."""

    def __init__(self, servers: Servers, directory: Path) -> None:
        self.settings = Settings(
            kafka=servers.kafka, redis=servers.redis, topic_prefix=f"t{uuid.uuid4().hex[:8]}-", time="events"
        )
        self.directory = directory
        self.workers: list[subprocess.Popen[bytes]] = []

    def environment(self) -> dict[str, str]:
        """What a process of this deployment is told."""
        settings = self.settings
        return {
            **os.environ,
            "TIERING_KAFKA": settings.kafka,
            "TIERING_REDIS": settings.redis,
            "TIERING_TOPIC_PREFIX": settings.topic_prefix,
            "TIERING_PARTITIONS": str(settings.partitions),
            "TIERING_TIME": settings.time,
        }

    def tiering(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        command = [sys.executable, "-m", "service.commands.main", *arguments]
        return subprocess.run(command, env=self.environment(), capture_output=True, text=True, check=False)

    def in_time(self, time: Literal["wall", "events"]) -> Settings:
        """The settings, in another time."""
        return replace(self.settings, time=time)

    def work(self, role: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        return self._start(role, ["worker", "--role", role, *arguments], {})

    def serve(self, **settings: str) -> "subprocess.Popen[bytes]":
        """Start the query, with these settings of its own."""
        return self._start("query", ["serve"], settings)

    def _start(self, name: str, arguments: list[str], settings: dict[str, str]) -> "subprocess.Popen[bytes]":
        log = (self.directory / f"{name}-{len(self.workers)}.log").open("wb")
        command = [sys.executable, "-m", "service.commands.main", *arguments]
        worker = subprocess.Popen(command, env={**self.environment(), **settings}, stdout=log, stderr=log)
        self.workers.append(worker)
        return worker

    def said(self) -> str:
        """What all workers have logged."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.directory.glob("*.log")))

    def stop(self) -> None:
        """End all workers."""
        for worker in self.workers:
            worker.terminate()
        for worker in self.workers:
            worker.wait(120)


@pytest.fixture
def deployment(servers: Servers, tmp_path: Path) -> Iterator[Deployment]:
    """Topics with the grocery policy; inbound ones made by nobody yet."""
    deployed = Deployment(servers, tmp_path)
    yield deployed
    deployed.stop()


def logged(said: str) -> list[dict[str, Any]]:
    """The events of operation among what was said on stderr."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


async def until(condition: Callable[[], "object"], seconds: float = 600.0) -> None:
    """Wait for an awaitable condition; fail at the deadline."""
    import asyncio
    import inspect

    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        await asyncio.sleep(0.1)
