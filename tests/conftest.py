"""Real Kafka and a real Redis-compatible server, once for the whole test session, by the same code as the demo's."""

from collections.abc import Iterator

import pytest

from service.laptop.servers import Servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Both servers."""
    with Servers() as running:
        yield running
