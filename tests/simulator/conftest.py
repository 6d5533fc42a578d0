"""One Redis-compatible server for all schedules of a session."""

from collections.abc import Iterator

import pytest

from tests.simulator.redis import Store, running_store


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """Emptied by each schedule."""
    with running_store() as running:
        yield running
