"""A step of a schedule."""

from typing import NamedTuple

from service.faust_safe.work import TP


class Step(NamedTuple):
    """Something that happens; `amount` and `stop` say how much, and after how many boundaries it stands still (0: never)."""

    kind: str
    who: str = ""
    tp: TP | None = None
    amount: int = 0
    stop: int = 0


Possible = tuple[float, Step]
"""A step with its weight; amount and stop are the scheduler's."""


def at(tp: TP) -> str:
    """A partition as people write it."""
    return f"{tp.topic}-{tp.partition}"
