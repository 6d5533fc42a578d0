"""Pace: so many events a second at most."""

import asyncio
import time

_SHORTEST = 0.01


class Pace:
    """Counts events; `rate` None is as fast as it goes."""

    def __init__(self, rate: float | None) -> None:
        self._rate, self._began, self.count = rate, time.monotonic(), 0

    async def one_more(self) -> None:
        """Wait until the next event may come."""
        ahead = self.count / self._rate - self.seconds if self._rate else 0.0
        self.count += 1
        if ahead > _SHORTEST:
            await asyncio.sleep(ahead)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    @property
    def reached(self) -> float:
        """Events a second so far."""
        return self.count / max(self.seconds, 1e-9)
