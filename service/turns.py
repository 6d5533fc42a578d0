"""Several that work in one event loop take turns, so that they end one after the other.

In equal turns partitions with equal batches would be through with them at the same time, and then all would wait for Kafka at
the same time. And the more of them work between two looks of the loop at its sockets, the longer each transaction takes.
"""

import asyncio
from itertools import count

STAND_BACK = 10
"""So many turns whoever goes first has, while each of the others has one."""

Place = tuple[int, int]


class Turns:
    """The one with the least to do goes first, of several such the one that came first; the others go on slowly meanwhile."""

    def __init__(self) -> None:
        self._working: list[Place] = []
        self._numbers = count()

    def begin(self, size: int) -> Place:
        """One more has so much to do; its place, until `end`."""
        place = size, next(self._numbers)
        self._working.append(place)
        return place

    def end(self, place: Place) -> None:
        """It is through."""
        self._working.remove(place)

    async def next(self, place: Place) -> None:
        """Let the others work, until it is its turn again."""
        for _ in range(1 if place == min(self._working) else STAND_BACK):
            await asyncio.sleep(0)
