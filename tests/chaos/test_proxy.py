"""The proxy does to bytes what its mode says."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from service.laptop.process import free_port
from tests.chaos.proxy import Proxy


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(1000):
        writer.write(chunk)
        await writer.drain()


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that says everything again."""
    target = free_port()
    server = await asyncio.start_server(_echo, "127.0.0.1", target)
    proxy = Proxy(free_port(), target)
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


async def echo(proxy: Proxy, seconds: float = 1.0) -> bytes:
    """What comes back of a word; nothing when nothing comes in time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"word")
    try:
        return await asyncio.wait_for(reader.read(1000), seconds)
    except (TimeoutError, ConnectionError):
        return b"..."
    finally:
        writer.close()


async def test_it_passes_delays_and_throttles(proxy: Proxy) -> None:
    assert await echo(proxy) == b"word"
    for mode, amount in (("delay", 0.1), ("throttle", 40.0)):
        proxy.set(mode, amount)
        began = time.monotonic()
        assert await echo(proxy) == b"word"
        assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize("way", ["requests", "replies"])
async def test_it_swallows_one_way_and_tells_nobody(proxy: Proxy, way: str) -> None:
    proxy.set(f"swallow {way}")
    assert await echo(proxy, 0.3) == b"..."


async def test_it_refuses_drops_and_cuts(proxy: Proxy) -> None:
    reader, _ = await asyncio.open_connection("127.0.0.1", proxy.port)
    await echo(proxy)
    await proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)

    proxy.set("drop")
    reader, _ = await asyncio.open_connection("127.0.0.1", proxy.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 5)

    proxy.set("refuse")
    assert await echo(proxy) in (b"", b"...")
