"""Dead letters in the log: the first of a topic and code at once, then how many more there were, once a minute."""

import time
from collections import Counter

from service.logs import log_events

SECONDS = 60.0


class DeadLetterLines:
    """One a process."""

    def __init__(self) -> None:
        self._untold: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[tuple[str, str], float] = {}

    def count(self, topic: str, code: str, number: int) -> None:
        """So many more are durable."""
        self._untold[topic, code] += number
        self.tell()

    def tell(self) -> None:
        """Log those whose last line is a minute ago. To be called again, once a second or so."""
        now = time.monotonic()
        for each in [each for each in self._untold if now - self._told_at.get(each, -SECONDS) >= SECONDS]:
            self._told_at[each] = now
            self._tell(each)

    def tell_all(self) -> None:
        """Log what was not yet logged: the process ends."""
        for each in list(self._untold):
            self._tell(each)

    def _tell(self, each: tuple[str, str]) -> None:
        topic, code = each
        log_events.DEAD_LETTERS(topic=topic, code=code, count=self._untold.pop(each))
