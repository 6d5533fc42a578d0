"""The due index: which customers may change on which day if nothing happens."""

from heapq import heapify, heappop, heappush

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
        self._opened: dict[int, list[bytes]] = {}
        """Days that have come up, mostly one: a heap of their customers each."""

    def put(self, key: bytes, day: int) -> None:
        """A customer is due on a day (NEVER: on none)."""
        before = self._day_of.get(key)
        self._day_of[key] = day
        if before is None or day < before:
            self._place(key, day)

    def take(self, today: int) -> bytes | None:
        """The first who is due, by day, then by key; he stands nowhere until he is put again. None: nobody is due."""
        while (day := self._first_day()) <= today and day != NEVER:
            keys = self._open(day)
            key = heappop(keys)
            if not keys:
                del self._opened[day]
            if self._day_of[key] == day:
                self._day_of[key] = NEVER
                return key
            self._place(key, self._day_of[key])
        return None

    def at_most(self, today: int) -> int:
        """No more than so many are due up to a day; looks at days only, never at customers."""
        if self._first_day() > today:
            return 0
        placed = sum(len(keys) for day, keys in self._placed.items() if day <= today)
        return placed + sum(len(keys) for keys in self._opened.values())

    def _first_day(self) -> int:
        """The first on which somebody stands."""
        days, opened = self._days, self._opened
        return min(days[0] if days else NEVER, min(opened) if opened else NEVER)

    def _open(self, day: int) -> list[bytes]:
        """The heap of a day, with those in it who were placed there since it was opened. 0.3 us a customer."""
        keys = self._opened.get(day)
        if not self._days or self._days[0] != day:
            return self._opened[day]
        placed = self._placed.pop(heappop(self._days))
        if keys is None:
            keys = self._opened[day] = list(placed)
            heapify(keys)
        else:
            for key in placed:
                heappush(keys, key)
        return keys

    def _place(self, key: bytes, day: int) -> None:
        if day == NEVER:
            return
        keys = self._placed.get(day)
        if keys is None:
            keys = self._placed[day] = set()
            heappush(self._days, day)
        keys.add(key)
