"""The due index: which customers may change on which day if nothing happens."""

from heapq import heappop, heappush, nsmallest

from service.domain.calendar import NEVER


class DueIndex:
    """Customers by due day; rebuilt from the headers of rows, never stored.

    Most events put a due day off. So a customer stays where he stands while his due day moves on, and is moved when his
    place comes up.
    """

    def __init__(self) -> None:
        self._day_of: dict[bytes, int] = {}
        self._placed: dict[int, set[bytes]] = {}
        """By a day no later than the due day."""
        self._days: list[int] = []
        """A heap of the days in `_placed`."""

    def put(self, key: bytes, day: int) -> None:
        """A customer is due on a day (NEVER: on none)."""
        before = self._day_of.get(key)
        self._day_of[key] = day
        if before is None or day < before:
            self._place(key, day)

    def earliest(self) -> int:
        """The first day on which somebody is due; NEVER when nobody is."""
        while self._days:
            day = self._days[0]
            keys = self._placed[day]
            late = [key for key in keys if self._day_of[key] != day]
            keys.difference_update(late)
            for key in late:
                self._place(key, self._day_of[key])
            if keys:
                return day
            del self._placed[heappop(self._days)]
        return NEVER

    def due(self, today: int) -> int:
        """How many are due up to a day."""
        if self.earliest() > today:
            return 0
        near = (keys for day, keys in self._placed.items() if day <= today)
        return len({key for keys in near for key in keys if self._day_of[key] <= today})

    def first(self, today: int, limit: int) -> list[bytes]:
        """The first `limit` keys of the earliest day that is due, in order."""
        day = self.earliest()
        return nsmallest(limit, self._placed[day]) if day <= today and day != NEVER else []

    def _place(self, key: bytes, day: int) -> None:
        if day == NEVER:
            return
        keys = self._placed.get(day)
        if keys is None:
            keys = self._placed[day] = set()
            heappush(self._days, day)
        keys.add(key)
