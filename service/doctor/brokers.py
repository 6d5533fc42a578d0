"""The brokers of a cluster, each with a connection of its own: so each can be asked, and nothing is looked for by creating it.

(Asked for a group's coordinator, a broker makes the topic of the offsets if there is none. Here every broker is asked for the
group itself: all but its coordinator say that they are not.)
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiokafka.errors import KafkaError

from service.faust_safe.broker import Broker

NOT_COORDINATOR = (14, 15, 16)
"""Codes of a broker that is not the coordinator, or not yet."""


class Brokers:
    """Those that were reached, by number."""

    def __init__(self, by_number: Mapping[int, Broker]) -> None:
        self.by_number = dict(by_number)

    async def ask(self, request: Any) -> Any:
        """Any of them. KafkaError."""
        return await next(iter(self.by_number.values())).ask(request)

    async def each(self, request: Any) -> AsyncIterator[Any]:
        """The answer of every broker that gives one."""
        asked = [asyncio.ensure_future(broker.ask(request)) for broker in self.by_number.values()]
        for answer in asyncio.as_completed(asked):
            try:
                yield await answer
            except (KafkaError, TimeoutError, NotImplementedError):  # the last: a broker that knows other versions of it
                continue

    def close(self) -> None:
        """Close the connections."""
        for broker in self.by_number.values():
            broker.close()
