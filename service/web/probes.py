"""Whether this process can be relied on (ready), and whether it still does anything (alive)."""

import time
from collections.abc import Callable

from service import metrics

STARTING = "the start"


class Probes:
    """Set by the role, asked by the ops server.

    `clock` gives seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._progressed = clock()
        self.waits_for: str | None = STARTING
        """What the process waits for before it works; None: it is ready."""

    def waiting_for(self, what: str) -> None:
        """Not ready: `what` names the thing waited for ("Redis at ...", "recovery of 3 partitions")."""
        self.waits_for = what

    def ready(self) -> None:
        """Ready, as of now."""
        self.waits_for = None
        self.progress()

    def progress(self) -> None:
        """Something was done: a batch, or a look at an empty queue."""
        self._progressed = self._clock()
        metrics.LAST_PROGRESS.set_to_current_time()

    def idle_seconds(self) -> float:
        """Seconds since the last progress."""
        return self._clock() - self._progressed

    def alive(self, max_age: float) -> bool:
        """False when nothing was done for more than `max_age` seconds.

        A process that says what it waits for is alive: to restart it would not bring that any sooner.
        """
        return self.waits_for is not None or self.idle_seconds() <= max_age
