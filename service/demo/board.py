"""What the demo shows, as numbers: filled by the feed and the watchers, drawn by the screen."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field

NEWEST = 12


@dataclass(slots=True)
class Board:
    """The state of the demo; lags are None until they are known."""

    total: int
    sent: int = 0
    step: str = "starting"
    intake_lag: int | None = None
    customers_lag: int | None = None
    customers: int = 0
    tiers: dict[str, Counter[str]] = field(default_factory=dict)
    """Customers per tier, by scheme."""
    segments: Counter[str] = field(default_factory=Counter)
    changes: deque[tuple[str, bool]] = field(default_factory=lambda: deque(maxlen=NEWEST))
    """The latest tier changes in words, newest last, and whether they lead upwards."""
    announced: int = 0
    checks: list[str] = field(default_factory=list)
    _folded: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=8))

    def saw(self, folded: int) -> None:
        """Note how many events have been folded by now."""
        self._folded.append((time.monotonic(), folded))

    @property
    def rate(self) -> float:
        """Events folded per second, over the last few looks."""
        if len(self._folded) < 2:
            return 0.0
        (began, before), (now, folded) = self._folded[0], self._folded[-1]
        return (folded - before) / (now - began) if now > began else 0.0
