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
        self._coming_up: list[tuple[int, bytes]] = []
        """A heap of the customers of the days that have been opened."""

    def put(self, key: bytes, day: int) -> None:
        """A customer is due on a day (NEVER: on none)."""
        before = self._day_of.get(key)
        self._day_of[key] = day
        if before is None or day < before:
            self._place(key, day)

    def take(self, today: int) -> bytes | None:
        """The first who is due, by day, then by key; he stands nowhere until he is put again. None: nobody is due."""
        while True:
            self._open_days(today)
            if not self._coming_up or self._coming_up[0][0] > today:
                return None
            day, key = heappop(self._coming_up)
            if self._day_of[key] == day:
                self._day_of[key] = NEVER
                return key
            self._place(key, self._day_of[key])

    def at_most(self, today: int) -> int:
        """No more than so many are due up to a day; looks at days only, never at customers."""
        if not self._coming_up and not (self._days and self._days[0] <= today):
            return 0
        return len(self._coming_up) + sum(len(keys) for day, keys in self._placed.items() if day <= today)

    def _open_days(self, today: int) -> None:
        """Days up to today, as long as none that is open comes before them."""
        coming_up, days = self._coming_up, self._days
        while days and days[0] <= today and not (coming_up and coming_up[0][0] < days[0]):
            day = heappop(days)
            opened = [(day, key) for key in self._placed.pop(day)]
            if coming_up:
                for each in opened:
                    heappush(coming_up, each)
            else:
                coming_up += opened
                heapify(coming_up)

    def _place(self, key: bytes, day: int) -> None:
        if day == NEVER:
            return
        keys = self._placed.get(day)
        if keys is None:
            keys = self._placed[day] = set()
            heappush(self._days, day)
        keys.add(key)
