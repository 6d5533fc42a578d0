"""What actions there are: each is told by a sentence of a schedule."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.chaos.scene import Scene

Act = Callable[..., Awaitable[float]]
"""Does it; the moment (monotonic) from which the time until all goes on again is counted."""
WHO = r"((?:intake|customers|read-model) \d+)"
FOR = r" for ([\d.]+) s"
_acts: list[tuple[re.Pattern[str], Act]] = []


class NotReached(Exception):
    """The fault did not come to happen: the run shows nothing."""


def act(pattern: str) -> Callable[[Act], Act]:
    """Have a function do all actions of this form; the groups are its arguments."""

    def register(function: Act) -> Act:
        _acts.append((re.compile(pattern), function))
        return function

    return register


async def do(scene: Scene, action: str) -> float:
    """Do what a sentence says. ValueError for one that is not understood; NotReached."""
    function, arguments = understood(action)
    return await function(scene, *arguments)


def understood(action: str) -> tuple[Act, tuple[Any, ...]]:
    """What does an action, and with what. ValueError."""
    for pattern, function in _acts:
        if match := pattern.fullmatch(action):
            return function, match.groups()
    raise ValueError(f"{action!r} is no action of tests/chaos/faults")


async def until(condition: Callable[[], bool], otherwise: str, seconds: float) -> None:
    """Wait for a condition; NotReached, with this reason."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReached(f"{otherwise} within {seconds:.0f} s")
        await asyncio.sleep(0.05)
