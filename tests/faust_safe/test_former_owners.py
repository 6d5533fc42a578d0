"""What former owners left is asked for, but never waited for."""

import asyncio
import time

import pytest

from service.faust_safe import former_owners
from service.faust_safe.cluster import Cluster
from service.faust_safe.former_owners import states_left


async def test_a_broker_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(former_owners, "SECONDS", 0.3)
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1")
    began = time.monotonic()
    async with asyncio.timeout(10):
        assert await states_left(Cluster([f"127.0.0.1:{silent.sockets[0].getsockname()[1]}"]), ["x-0"]) == {}
    assert time.monotonic() - began < 5
    silent.close()


async def test_who_takes_nothing_over_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(["127.0.0.1:1"])
    monkeypatch.setattr(cluster, "admin", lambda: pytest.fail("asked"))
    assert await states_left(cluster, []) == {}
