"""TLS in front of a server that has none, as stunnel does it: our Valkey is built without."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.laptop.process import free_port


@contextmanager
def tls_front(certificate: Path, behind: int) -> Iterator[int]:
    """The port of localhost where TLS is spoken; what is said there goes to the port `behind`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    port, loop = free_port(), asyncio.new_event_loop()
    up, down = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _pass_on(reader, writer, behind)

        async with await asyncio.start_server(pass_on, "localhost", port, ssl=context):
            up.set()
            await down.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert up.wait(120)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(20)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, behind: int) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", behind)
    await asyncio.wait([asyncio.ensure_future(_copy(reader, back)), asyncio.ensure_future(_copy(there, writer))])


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(1 << 16):
            target.write(data)
            await target.drain()
    target.close()
