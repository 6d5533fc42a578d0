"""Records are gathered while they trickle: each fetch, batch and transaction costs more than the few records it brings."""

from typing import Any

GATHER_MS, GATHER_BYTES = 20, 100_000
"""After a fetch that brought something Kafka keeps the next one so long, or until it has so much."""


def gather(fetcher: Any, *, came: bool, idle_ms: int) -> None:
    """Say how an aiokafka fetcher fetches next. `came`: something did the last time; else the first record is brought at once."""
    fetcher._fetch_min_bytes = GATHER_BYTES if came else 1
    fetcher._fetch_max_wait_ms = GATHER_MS if came else idle_ms
