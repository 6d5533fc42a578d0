"""A bite: as much work as a process does at a time before others get their turn."""

import time
from typing import Final

_now: Final = time.perf_counter


class Bite:
    """Begins when it is made, and again whenever it is told to."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begin()

    def begin(self) -> None:
        """The next one begins."""
        self._ends = _now() + self.seconds

    def is_over(self) -> bool:
        """Whether it is time to let others work."""
        return _now() >= self._ends
