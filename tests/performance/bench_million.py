"""A replay of very many events, by the way of `tiering replay`: how fast, and that memory goes with customers only."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

from service.replay import Replay
from tests.performance.bench_events import Producer
from tests.performance.bench_log import CLOSING, OPENING, TODAY

YEARS = 4
QUARTERS = 4
CUSTOMERS = 5_000
_CHUNK = 10_000
"""So many events are made beforehand, so that making them is not timed."""


@dataclass(frozen=True)
class Quarter:
    """What had come of the replay when another quarter of the events had been read."""

    events: int
    seconds: float
    """CPU seconds since the beginning, making the events left out."""
    peak_bytes: int
    """The most memory that the process ever had, up to now."""
    row_bytes: int
    customers: int

    @property
    def rate(self) -> float:
        """Events a second since the beginning."""
        return self.events / self.seconds


def replay(policy_text: str, events: int, customers: int) -> Iterator[Quarter]:
    """Replay generated events in the order of their times, over several years, and look up at every quarter."""
    played = Replay(policy_text)
    values = _visits(Producer(played.policy.frame), events, customers)
    read, nanoseconds = 0, 0
    for number in range(1, QUARTERS + 1):
        while read < events * number // QUARTERS:
            chunk = list(islice(values, min(_CHUNK, events * number // QUARTERS - read)))
            began = time.process_time_ns()
            for value in chunk:
                if (rejected := played.feed(value).rejected) is not None:
                    raise ValueError(f"every event should be taken: {rejected}")
            nanoseconds += time.process_time_ns() - began
            read += len(chunk)
        rows = sum(map(len, played.partition.stored.values()))
        yield Quarter(read, nanoseconds / 1e9, _peak_bytes(), rows, played.partition.customers)


def _visits(producer: Producer, events: int, customers: int) -> Iterator[bytes]:
    """Orders and some interactions of customers chosen at random, the same number every day."""
    random, days = Random(1), YEARS * 365
    for day in range(days):
        today = events * (day + 1) // days - events * day // days
        for number in range(today):
            minute = OPENING + (CLOSING - OPENING) * number // today
            customer = f"m-{random.randrange(customers):06}"
            if random.random() < 1 / 4:
                yield producer.interaction(customer, TODAY - days + day, minute, "app-open")
            else:
                yield producer.order(customer, TODAY - days + day, minute)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
