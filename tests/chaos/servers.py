"""A Kafka and a Redis that can be killed and come back at the same address, Kafka with what it had, Redis empty."""

import asyncio
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from service.laptop import kafka, redis
from service.laptop.process import Server, free_port

CLEANING = {"log.cleaner.backoff.ms": "500", "log.cleaner.min.compaction.lag.ms": "0", "log.segment.delete.delay.ms": "1000"}
"""Compacted topics are cleaned twice a second, so that a short run sees what a long one would."""


class Kafka:
    """One node; `proxied` is the port behind which a proxy leads, `proxy` the one that the proxy has to listen on."""

    def __init__(self, directory: Path, settings: Mapping[str, str] = CLEANING) -> None:
        self.directory, self.settings = directory, dict(settings)
        self.port, self.proxied, self.proxy = free_port(), free_port(), free_port()
        self.server: Server | None = None
        self._thread = ThreadPoolExecutor(1)
        """Of its own, and kept: a server ends with the thread that started it."""

    @property
    def address(self) -> str:
        """For clients that are not led through the proxy."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, or start it again on its data."""
        behind = kafka.Behind(self.proxied, self.proxy)
        self.server, _ = kafka.start(self.directory, self.port, behind=behind, settings=self.settings)

    async def start_again(self) -> None:
        """The same, while other things go on."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.start)

    def kill(self) -> None:
        """End it at once."""
        if self.server is not None:
            self.server.process.kill()
            self.server.process.wait()

    def stop(self) -> None:
        """End it in order, and remove its data."""
        if self.server is not None:
            self.server.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class Redis:
    """Without persistence: when it comes back it is empty."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port, self.proxy = directory, free_port(), free_port()
        self.server: Server | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def proxied_url(self) -> str:
        """Its address for those who are led through the proxy."""
        return f"redis://127.0.0.1:{self.proxy}/0"

    def start(self) -> None:
        """Start it, empty."""
        self.server, _ = redis.start(self.directory, self.port)

    def stop(self) -> None:
        """Away, with all its data."""
        if self.server is not None:
            self.server.stop()
