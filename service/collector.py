"""The garbage collector, kept from looking at all rows and customers while records wait.

A million rows take it 0.2 s, and the customers that two partitions keep decoded 0.1 s, every few seconds; none of it is ever
garbage that only the collector could find. So what is there when a partition is taken is passed over. Customers come and go by
the thousand, which made a fifth of a busy worker's time the collector's: so young objects are looked at every ten seconds, what
has stayed every minute, and all of it every hour.
"""

import gc
import time

YOUNG, MIDDLE, OLD = 10_000, 2, 10
"""Python's own thresholds, but for the young: with 700 of them a batch's records are looked at often before they are gone."""
_EVERY_SECONDS = {2: 3_600.0, 1: 60.0, 0: 10.0}
"""Between two looks at a generation and those younger."""


def pass_over_what_was_imported() -> None:
    """Only what comes from now on is looked at: batches, which are gone soon."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.freeze()


class Collector:
    """One a process; from the first partition on it alone says when the collector looks, and at what."""

    def __init__(self) -> None:
        self._looked = [time.monotonic()] * len(_EVERY_SECONDS)

    def pass_over_all(self) -> None:
        """A partition was taken: what there is now stays for long."""
        gc.disable()
        gc.collect()
        gc.freeze()

    def spare(self) -> None:
        """A batch is done: look at what has come since the last look, less often at what has stayed."""
        now = time.monotonic()
        for generation, seconds in _EVERY_SECONDS.items():
            if now - self._looked[generation] >= seconds:
                gc.collect(generation)
                self._looked[: generation + 1] = [now] * (generation + 1)
                return
