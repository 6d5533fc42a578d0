"""A real Redis-compatible server, of which the simulator says when it answers."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from service.laptop import redis as server

Fault = Literal["", "is away once", "loses an answer", "ends the reader before it has written", "ends the reader after it has written"]
FAULTS: tuple[Fault, ...] = (
    "",
    "is away once",
    "loses an answer",
    "ends the reader before it has written",
    "ends the reader after it has written",
)


class Killed(Exception):
    """The process that asked is gone."""


class FaultyRedis(Redis):
    """A client of the server; `fault` befalls the next command that reads or writes for the read model, once."""

    fault: Fault = ""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Ask, or say that there is no answer."""
        if args[0] not in ("EVALSHA", "GET"):
            return await super().execute_command(*args, **options)
        fault, self.fault = self.fault, ""
        if fault == "is away once":
            raise RedisConnectionError(fault)
        if fault == "ends the reader before it has written":
            raise Killed
        answer = await super().execute_command(*args, **options)
        if fault == "loses an answer":
            raise RedisConnectionError(fault)
        if fault:
            raise Killed
        return answer


class Store:
    """The server as a schedule has it: empty at its beginning."""

    def __init__(self, client: FaultyRedis, loop: asyncio.AbstractEventLoop) -> None:
        self.client, self._loop = client, loop

    def run(self, activity: Coroutine[Any, Any, Any]) -> Any:
        """Do something with it to the end. Killed."""
        return self._loop.run_until_complete(activity)

    def empty(self) -> None:
        """All is lost."""
        self.client.fault = ""
        self.run(self._emptied())

    def content(self, prefix: str) -> dict[bytes, bytes]:
        """All values whose keys begin so, without the beginning."""
        found: dict[bytes, bytes] = self.run(self._content(prefix))
        return found

    async def _emptied(self) -> None:
        await self.client.flushdb()

    async def _content(self, prefix: str) -> dict[bytes, bytes]:
        keys = await self.client.keys(f"{prefix}*")
        values = await self.client.mget(keys) if keys else []
        return {key.removeprefix(prefix.encode()): value for key, value in zip(keys, values, strict=True)}


@contextmanager
def running_store() -> Iterator[Store]:
    """A server of its own."""
    with TemporaryDirectory() as directory, asyncio.Runner() as runner:
        running, url = server.start(Path(directory))
        try:
            client = FaultyRedis.from_url(url)
            yield Store(client, runner.get_loop())
            runner.run(client.aclose())
        finally:
            running.stop()
