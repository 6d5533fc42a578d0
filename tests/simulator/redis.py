"""A real Redis-compatible server, of which the simulator says when it answers."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from service.laptop import redis as server

NONE = ""
AWAY, LOST = "is away once", "loses an answer"
KILLED_BEFORE, KILLED_AFTER = "ends the reader before it has written", "ends the reader after it has written"
FAULTS = {1: AWAY, 2: LOST, 4: KILLED_BEFORE, 6: KILLED_AFTER}
"""By a step's `stop`."""


class Killed(Exception):
    """The process that asked is gone."""


class FaultyRedis(Redis):
    """A client of the server; `fault` befalls the next command that reads or writes for the read model, once."""

    fault = NONE

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Ask, or say that there is no answer."""
        asked: Any = super().execute_command
        if args[0] not in ("EVALSHA", "GET"):
            return await asked(*args, **options)
        fault, self.fault = self.fault, NONE
        if fault == AWAY:
            raise RedisConnectionError(fault)
        if fault == KILLED_BEFORE:
            raise Killed
        answer = await asked(*args, **options)
        if fault == LOST:
            raise RedisConnectionError(fault)
        if fault == KILLED_AFTER:
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
        self.client.fault = NONE
        self.run(self._emptied())

    def content(self, prefix: str) -> dict[bytes, bytes]:
        """All values whose keys begin so, without the beginning."""
        found: dict[bytes, bytes] = self.run(self._content(prefix))
        return found

    async def _emptied(self) -> None:
        await self.client.flushdb()

    async def _content(self, prefix: str) -> dict[bytes, bytes]:
        keys: list[Any] = await self.client.keys(f"{prefix}*")
        values: list[Any] = await self.client.mget(keys) if keys else []
        return {key.removeprefix(prefix.encode()): value for key, value in zip(keys, values, strict=True)}


@contextmanager
def running_store() -> Iterator[Store]:
    """A server of its own."""
    with TemporaryDirectory() as directory, asyncio.Runner() as runner:
        running, url = server.start(Path(directory))
        try:
            client: Any = FaultyRedis.from_url(url)
            yield Store(client, runner.get_loop())
            runner.run(client.aclose())
        finally:
            running.stop()
