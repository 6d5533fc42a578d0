"""The garbage collector, kept from looking at all rows and customers while records wait.

A million rows take it 0.2 s, and the customers that two partitions keep decoded 0.1 s, every few seconds; none of it is ever
garbage that only the collector could find. So what is there when a partition is taken is passed over, young objects are
looked at as always, and old ones once an hour, when nothing waits.
"""

import gc
import time

YOUNG, MIDDLE, OLD, NEVER = 10_000, 2, 10, 1_000_000_000
"""Python's own thresholds, but for the young. With 700 of the youngest a batch's records are looked at many times before they are
gone; and ten times 10,000 of the middle ones, most of them of customers just decoded, are looked at for 50 to 100 ms at a time.
"""
EVERY_SECONDS = 3_600.0


def pass_over_what_was_imported() -> None:
    """Only what comes from now on is looked at: batches, which are gone soon."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.freeze()


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
