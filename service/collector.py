"""The garbage collector, kept from looking at all rows and customers while records wait.

A million rows take it 0.2 s, and customers come and go by the thousand, which made a fifth of a busy worker's time the
collector's; next to none of it is garbage that only the collector could find (0 to 8 objects in 110,000, measured in a working
worker). So in a worker with a table it looks once an hour: what there is meanwhile it is told to pass over, which costs nothing.
"""

import asyncio
import gc
import time

YOUNG, MIDDLE, OLD = 10_000, 2, 10
"""Python's own thresholds, but for the young: with 700 of them a batch's records are looked at often before they are gone."""
LOOK_SECONDS, PASS_OVER_SECONDS = 3_600.0, 1.0


def pass_over_what_was_imported() -> None:
    """Only what comes from now on is looked at: batches, which are gone soon."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.freeze()


class Collector:
    """One a process; from the first partition on it alone says when the collector looks."""

    def __init__(self) -> None:
        self._looked = time.monotonic()

    def pass_over_all(self) -> None:
        """A partition was taken: what there is now stays for long."""
        gc.disable()
        gc.freeze()

    async def run(self) -> None:
        """Pass over what has come, once a second, and look when it is time; until cancelled."""
        while True:
            await asyncio.sleep(PASS_OVER_SECONDS)
            if gc.isenabled():  # no partition was taken yet
                continue
            if time.monotonic() - self._looked >= LOOK_SECONDS:
                self._look()
            gc.freeze()

    def _look(self) -> None:
        gc.unfreeze()
        gc.collect()
        self._looked = time.monotonic()
