"""The garbage collector, kept from looking at all rows and customers while records wait.

A million rows take it 0.2 s, and the customers that two partitions keep decoded 0.1 s, every few seconds; none of it is ever
garbage that only the collector could find. So what is there when a partition is taken is passed over, young objects are
looked at as always, and old ones once an hour, when nothing waits.
"""

import gc
import time

YOUNG, MIDDLE, NEVER = 700, 10, 1_000_000_000
"""Python's own thresholds for the two young generations, and none for the old one."""
EVERY_SECONDS = 3_600.0


class Collector:
    """One a process."""

    def __init__(self) -> None:
        self._collected = time.monotonic()

    def pass_over_all(self) -> None:
        """A partition was taken: what there is now stays for long."""
        gc.set_threshold(YOUNG, MIDDLE, NEVER)
        gc.collect()
        gc.freeze()

    def spare(self) -> None:
        """Nothing waits."""
        if time.monotonic() - self._collected >= EVERY_SECONDS:
            gc.collect()
            self._collected = time.monotonic()
