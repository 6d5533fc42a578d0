"""The due index: which customers may change on which day if nothing happens."""

from heapq import heapify, heappop, heappush

from service.domain.calendar import NEVER


class DueIndex:
    """Keys of customers by a day no later than their due day, which their rows tell; rebuilt from these, never stored.

    Most events put a due day off. So a customer keeps his place while his due day moves on, and is asked for it when his place
    comes up; one whose due day comes nearer gets a second place, and nothing is due when the other one comes up.
    """

    def __init__(self) -> None:
        self._placed: dict[int, list[bytes]] = {}
        """By day. A place is a pointer to a key, mostly the one of the row: a million customers are in it.

        A customer has 1.2 to 1.4 places (Complete Journey); no more than events that brought his due day nearer.
        """
        self._days: list[int] = []
        """A heap of the days in `_placed`."""
        self._opened: dict[int, list[bytes]] = {}
        """Days that have come up, mostly one: a heap of their customers each."""

    def place(self, key: bytes, day: int) -> None:
        """Have a customer come up on a day (NEVER: on none)."""
        if day == NEVER:
            return
        keys = self._placed.get(day)
        if keys is None:
            self._placed[day] = [key]
            heappush(self._days, day)
        else:
            keys.append(key)

    def take(self, today: int) -> tuple[int, bytes] | None:
        """The first place up to a day, by day, then by key: it is left with that. None: there is none."""
        day = self._first_day()
        if day > today or day == NEVER:
            return None
        keys = self._open(day)
        key = heappop(keys)
        while keys and keys[0] == key:
            heappop(keys)
        if not keys:
            del self._opened[day]
        return day, key

    def forget(self, keys: set[bytes]) -> None:
        """Take all places of these customers away; every place there is is looked at, 0.03 us each."""
        for places in (self._placed, self._opened):
            for day, placed in list(places.items()):
                if not keys.isdisjoint(placed):
                    places[day] = [key for key in placed if key not in keys]
                    if places is self._opened:
                        heapify(places[day])
                    if not places[day]:
                        del places[day]
        self._days = list(self._placed)
        heapify(self._days)

    def at_most(self, today: int) -> int:
        """No more than so many are due up to a day; looks at days only, never at customers."""
        if self._first_day() > today:
            return 0
        placed = sum([len(keys) for day, keys in self._placed.items() if day <= today])
        return placed + sum([len(keys) for keys in self._opened.values()])

    def _first_day(self) -> int:
        """The first on which somebody has a place."""
        days, opened = self._days, self._opened
        return min(days[0] if days else NEVER, min(opened) if opened else NEVER)

    def _open(self, day: int) -> list[bytes]:
        """The heap of a day, with those in it who were placed there since it was opened. 0.1 us a customer."""
        if not self._days or self._days[0] != day:
            return self._opened[day]
        placed, keys = self._placed.pop(heappop(self._days)), self._opened.get(day)
        if keys is None:
            heapify(placed)
            self._opened[day] = keys = placed
        else:
            for key in placed:
                heappush(keys, key)
        return keys
