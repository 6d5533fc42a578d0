"""The garbage collector of a worker with a table: what it passes over, and that it looks in the end."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import suppress

import pytest

from service import collector
from service.collector import Collector


class Ring:
    """Holds itself: only the collector finds it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


async def left_running(seconds: float) -> bool:
    """Whether a ring that came while the collector ran is gone after some looks, no batch having come."""
    watched = Collector()
    watched.pass_over_all()
    ring = weakref.ref(Ring())
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await watched.run()
    return ring() is None


async def test_it_looks_when_it_is_time_whether_or_not_batches_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "PASS_OVER_SECONDS", 0.01)
    monkeypatch.setattr(collector, "LOOK_SECONDS", 0.0)
    assert await left_running(0.1)


async def test_until_then_it_passes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "PASS_OVER_SECONDS", 0.01)
    assert not await left_running(0.1)
    assert gc.get_freeze_count() > 0
