"""The due index: which customers may change on which day if nothing happens."""

from heapq import heappop, heappush, nsmallest

from service.domain.calendar import NEVER


class DueIndex:
    """Customers by due day; rebuilt from the headers of rows, never stored."""

    def __init__(self) -> None:
        self._by_day: dict[int, set[bytes]] = {}
        self._day_of: dict[bytes, int] = {}
        self._days: list[int] = []
        """A heap of the days in use, and some no longer in use."""

    def put(self, key: bytes, day: int) -> None:
        """A customer is due on a day (NEVER: on none)."""
        before = self._day_of.get(key, NEVER)
        if before == day:
            return
        if before != NEVER:
            keys = self._by_day[before]
            keys.discard(key)
            if not keys:
                del self._by_day[before]
        if day == NEVER:
            self._day_of.pop(key, None)
        else:
            self._day_of[key] = day
            keys_of_day = self._by_day.get(day)
            if keys_of_day is None:
                keys_of_day = self._by_day[day] = set()
                heappush(self._days, day)
            keys_of_day.add(key)

    def earliest(self) -> int:
        """The first day on which somebody is due; NEVER when nobody is."""
        while self._days and self._days[0] not in self._by_day:
            heappop(self._days)
        return self._days[0] if self._days else NEVER

    def due(self, today: int) -> int:
        """How many are due up to a day."""
        if self.earliest() > today:
            return 0
        return sum(len(keys) for day, keys in self._by_day.items() if day <= today)

    def first(self, today: int, limit: int) -> list[bytes]:
        """The first `limit` keys of the earliest day that is due, in order."""
        day = self.earliest()
        return nsmallest(limit, self._by_day[day]) if day <= today and day != NEVER else []
