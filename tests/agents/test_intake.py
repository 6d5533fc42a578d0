"""Intake counts what it has written, so that the ledger tells what went nowhere."""

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from agents import intake
from agents.intake import Intake
from schemas import topics
from service.faust_safe.sending import Sent
from service.faust_safe.work import TP
from service.settings import Settings
from tests import builders

HERE = TP(topics.ORDERS, 0)
GOOD, BAD = builders.order(1, 100, id="1"), b"{"
NOBODY = GOOD.replace(b'"subject": "c-1", ', b"")


class Observed:
    """What is counted of a batch."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def batch(self, topic: str, outcomes: Mapping[str, int], *_: Any) -> None:
        """It is durable."""
        self.counts |= outcomes

    def wrote(self, *_: Any) -> None:
        """Nothing of clocks here."""


async def written(monkeypatch: pytest.MonkeyPatch, values: Sequence[bytes], lost: int = 0) -> dict[str, int]:
    """The counts of a batch of which so many records do not get to the log."""

    async def send(_: Any, topic: str, partition: int, contents: Sequence[Any]) -> list[Sent]:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return [Sent(topic, partition, len(contents) - lost, done)] if contents else []

    async def send_all(producer: Any, letters: Sequence[Any]) -> list[Sent]:
        return await send(producer, "orders.dlt", 0, [*letters, *[None] * lost])

    monkeypatch.setattr(intake, "send", send)
    monkeypatch.setattr(intake, "send_all", send_all)
    observed = Observed()
    app: Any = SimpleNamespace(settings=Settings(), observation=observed)
    work = Intake(app, "USD")
    work._producer = SimpleNamespace(client=SimpleNamespace(cluster=SimpleNamespace(partitions_for_topic=lambda _: {0})))
    await work.process(HERE, [SimpleNamespace(value=each, headers=(), key=None, timestamp=1, offset=0) for each in values])
    return observed.counts


async def test_every_record_is_counted_where_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = await written(monkeypatch, [GOOD, BAD, GOOD, NOBODY])
    assert counts == {"forwarded": 2, "dead-lettered": 1, "anonymous": 1}


async def test_what_was_not_written_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum((await written(monkeypatch, [GOOD, BAD, GOOD, NOBODY], lost=1)).values()) == 3
