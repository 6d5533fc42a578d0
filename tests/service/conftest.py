"""A real Redis-compatible server for the files here that ask for one."""

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from service.laptop import redis


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server for one file."""
    server, address = redis.start(tmp_path_factory.mktemp("redis"))
    yield address
    server.stop()


@pytest.fixture
async def raw(url: str) -> AsyncIterator[Redis]:
    """A client of the emptied server."""
    async with Redis.from_url(url) as client:
        await client.flushall()
        yield client
