"""Timing: CPU microseconds a piece, in rounds that take turns with the yardstick."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from orjson import loads

YARDSTICK = "orjson.loads of the whole order"
_YARDSTICK_LOOPS = 5


@dataclass
class Cost:
    """What one piece of some work costs, in every round; `yardsticks` are the costs of the yardstick around it."""

    work: str
    ledger_days: int | None
    limit: float | None = None
    """In yardsticks."""
    micros: list[float] = field(default_factory=list)
    yardsticks: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Each round's cost in yardsticks of the same round."""
        return [cost / yard for cost, yard in zip(self.micros, self.yardsticks, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds, in yardsticks."""
        return median(self.ratios)


def micros_each(work: Callable[[], int]) -> float:
    """CPU microseconds a piece of work that says how many pieces it was.

    CPU time, because other processes on the machine take none of it. The garbage collector runs as Python
    has it, oftener than in a worker; only what was left over before does not count.
    """
    gc.collect()
    began = time.process_time_ns()
    pieces = work()
    return (time.process_time_ns() - began) / 1000 / max(1, pieces)


def yardstick(whole: list[bytes]) -> float:
    """CPU microseconds for orjson.loads of one of these events."""

    def work() -> int:
        for _ in range(_YARDSTICK_LOOPS):
            for value in whole:
                loads(value)
        return _YARDSTICK_LOOPS * len(whole)

    return micros_each(work)
