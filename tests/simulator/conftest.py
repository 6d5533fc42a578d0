"""What all schedules of a session share."""

import gc
from collections.abc import Iterator

import pytest

from tests.simulator.redis import Store, running_store


@pytest.fixture(autouse=True)
def without_the_collector() -> Iterator[None]:
    """An eighth faster: a block of schedules leaves no more garbage than there is place for."""
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """Emptied by each schedule."""
    with running_store() as running:
        yield running
