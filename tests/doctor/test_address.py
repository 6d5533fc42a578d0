"""An address that is not what it should be: each obstacle is told apart, on real sockets."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from service.doctor import address
from service.doctor.address import Obstacle, meet

PLAIN = {"security_protocol": "PLAINTEXT"}


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[str]:
    """A server that says this to whatever it is told and closes; None: it says nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            if answer is None:
                await reader.read()
            else:
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_closed_port() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        met = await meet(f"127.0.0.1:{held.getsockname()[1]}", PLAIN)
    assert (met.broker, met.obstacle) == (None, Obstacle.PORT_CLOSED)


async def test_a_name_that_nobody_knows() -> None:
    assert (await meet("kafka.invalid:9092", PLAIN)).obstacle == Obstacle.UNKNOWN_HOST


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"-ERR unknown command\r\n", b""])
async def test_something_else_than_kafka(answer: bytes) -> None:
    async with answering(answer) as place:
        met = await meet(place, PLAIN)
    assert met.obstacle == Obstacle.NOT_KAFKA
    assert ("HTTP/1.1" in met.detail) == answer.startswith(b"HTTP")


async def test_somebody_who_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "SECONDS", 0.3)
    async with answering(None) as place:
        assert (await meet(place, PLAIN)).obstacle == Obstacle.SILENT


async def test_a_plaintext_server_asked_for_tls() -> None:
    async with answering(b"no") as place:
        met = await meet(place, {"security_protocol": "SSL", "ssl_context": ssl.create_default_context()})
    assert met.obstacle == Obstacle.TLS_FAILED
