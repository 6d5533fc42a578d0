"""The clocks that the roles look at, and everything else of theirs that must not be the machine's."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest

from agents import clock as clock_agent
from agents import customers as customers_agent
from agents import intake as intake_agent
from agents import read_model as read_model_agent
from schemas.inbound import Event
from service import patience, policy_history
from service.access import redis_access
from service.domain import closings, customer, facts
from service.domain.policy_file import parse_policy
from service.faust_safe import transaction
from service.faust_safe.work import TP
from service.logs.log_event import LOG
from service.rebuild import rebuild
from tests.simulator.history import POISON
from tests.simulator.producer import Boundary, Cluster

BETWEEN_LOOKS = "between two looks at the clock"


class Clock:
    """What the process whose turn it is sees: seconds since 1970, and seconds of no epoch."""

    def __init__(self) -> None:
        self.wall = self.monotonic = 0.0

    def now(self, zone: tzinfo) -> datetime:
        """As datetime.now."""
        return datetime.fromtimestamp(self.wall, zone)

    def counted(self) -> float:
        """A little later at each look."""
        self.monotonic += 0.01
        return self.monotonic


CLOCK = Clock()


async def _in_turn(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    try:
        return [await each for each in coroutines]
    finally:
        for each in coroutines:
            each.close()


async def _sleep(_: float) -> None:
    await Boundary(BETWEEN_LOOKS)


async def _committed(cluster: Cluster, group: str, topic: str, partitions: list[int]) -> dict[int, int]:
    offsets = {partition: cluster.kafka.committed.get((group, TP(topic, partition))) for partition in partitions}
    return {partition: offset for partition, offset in offsets.items() if offset is not None}


def _nothing() -> None:
    """This process is many."""


@contextmanager
def simulated(client: object, bite: int) -> Iterator[None]:
    """The roles work on simulated Kafkas, by simulated clocks, with a client of Redis, in bites of a few customers."""
    with pytest.MonkeyPatch.context() as patch:
        ticking = SimpleNamespace(monotonic=lambda: CLOCK.monotonic, time=lambda: CLOCK.monotonic, perf_counter=CLOCK.counted)
        patch.setattr(customers_agent, "time", ticking)
        patch.setattr(customers_agent, "BITE", bite)
        patch.setattr(customers_agent, "Collector", lambda: SimpleNamespace(pass_over_all=_nothing))
        patch.setattr(read_model_agent, "time", ticking)
        patch.setattr(patience, "FIRST_PAUSE", 0.0)
        patch.setattr(redis_access, "Redis", SimpleNamespace(from_url=lambda *_, **__: client))
        patch.setattr(LOG, "disabled", True)
        patch.setattr(intake_agent, "datetime", CLOCK)
        patch.setattr(clock_agent, "datetime", CLOCK)
        patch.setattr(clock_agent, "asyncio", SimpleNamespace(sleep=_sleep))
        patch.setattr(transaction, "asyncio", SimpleNamespace(gather=_in_turn))
        patch.setattr(rebuild, "group", SimpleNamespace(committed=_committed))
        patch.setattr(rebuild, "RECORDS", 4)
        patch.setattr(rebuild, "CUSTOMERS", bite)
        patch.setattr(policy_history, "parse_policy", _parsed)
        patch.setattr(customer.Customer, "fold", _fails_at_poison(customer.Customer.fold))
        patch.setattr(closings, "STEP", 5)
        patch.setattr(closings, "ANCHOR_STEP", 9)
        patch.setattr(closings, "WORTH_FORGETTING", 0)
        patch.setattr(facts, "IDS_STEP", 3)
        yield


def _fails_at_poison(fold: Any) -> Any:
    """The code has a bug, which some events meet."""

    def failing(self: customer.Customer, event: Event, *others: Any) -> Any:
        if POISON in event.id:
            raise ZeroDivisionError(POISON)
        return fold(self, event, *others)

    return failing


_parsed = cache(parse_policy)
