"""A TCP proxy between workers and a server: it delays, throttles, cuts, drops, refuses, or swallows one way."""

import asyncio
import random
from contextlib import suppress

CHUNK = 64 << 10
LIFE = (0.3, 3.0)
"""Seconds that a connection lives while they are dropped."""


class Proxy:
    """Listens on one port of the loopback address and leads to another. `mode` may be changed at any time.

    Modes: `pass`, `delay` (each chunk `amount` seconds late), `throttle` (`amount` bytes a second and way), `drop` (connections
    end after moments), `refuse` (no connection at all), `swallow requests` and `swallow replies` (one way is read and thrown
    away, and nobody is told).
    """

    def __init__(self, port: int, target: int, seed: int = 0) -> None:
        self.port, self.target = port, target
        self.mode, self.amount = "pass", 0.0
        self.connections = 0
        self._chance = random.Random(seed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """End all."""
        if self._server is not None:
            self._server.close()
        await self.cut()

    async def cut(self) -> None:
        """End all connections that there are."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def set(self, mode: str, amount: float = 0.0) -> None:
        """Another mode, for the connections that there are too."""
        self.mode, self.amount = mode, amount

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._lead(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writers = [writer]
        try:
            if self.mode == "refuse":
                return
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(server_writer)
            ways = [
                asyncio.ensure_future(self._way("requests", reader, server_writer)),
                asyncio.ensure_future(self._way("replies", server_reader, writer)),
                asyncio.ensure_future(self._life()),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            return
        finally:
            for each in writers:
                with suppress(OSError):
                    each.transport.abort()

    async def _way(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK):
            if self.mode == "delay":
                await asyncio.sleep(self.amount)
            elif self.mode == "throttle":
                await asyncio.sleep(len(chunk) / self.amount)
            if self.mode == f"swallow {name}":
                continue
            writer.write(chunk)
            await writer.drain()

    async def _life(self) -> None:
        """Ends when the connection has to be dropped."""
        while True:
            await asyncio.sleep(self._chance.uniform(*LIFE))
            if self.mode in ("drop", "refuse"):
                return
