"""What a customer complained of, and how he rated: a merge, in whichever order it arrives."""

from array import array
from bisect import bisect_left, bisect_right
from math import ceil

from service.domain.calendar import NEVER
from service.domain.columns import NO_ROWS, packed

NOT_YET = NEVER
"""The day of something that has not happened."""


class Complaints:
    """Complaints by short id: the earliest day each was given on, and the earliest day of its resolution, which is final.

    None is ever forgotten: an id that is used again opens nothing, however long ago it was resolved. Complaints are few, and
    a dozen bytes each.
    """

    __slots__ = ("by_id",)

    def __init__(self) -> None:
        self.by_id: dict[bytes, tuple[int, int]] = {}

    def give(self, short: bytes, day: int) -> None:
        """A complaint was given."""
        given, resolved = self.by_id.get(short, (NOT_YET, NOT_YET))
        self.by_id[short] = (min(given, day), resolved)

    def resolve(self, short: bytes, day: int) -> None:
        """A complaint was resolved, maybe before we hear of it."""
        given, resolved = self.by_id.get(short, (NOT_YET, NOT_YET))
        self.by_id[short] = (given, min(resolved, day))

    def open(self, known: int) -> list[int]:
        """The days on which the open complaints were given, of what is known up to a day."""
        return [given for given, resolved in self.by_id.values() if given <= known < resolved]

    def matter(self, day: int, lasts: int) -> bool:
        """Whether one is open on `day` or later, for at most `lasts` days from the day it was given on."""
        return any(max(day, given) < min(resolved, given + lasts) for given, resolved in self.by_id.values())

    def days_after(self, day: int) -> list[int]:
        """The days after `day` on which one was given or resolved, in no order."""
        return [each for pair in self.by_id.values() for each in pair if day < each < NOT_YET]


class Ratings:
    """The worst rating of each day, rounded up to a whole score: at or below a whole bound exactly when the rating is."""

    __slots__ = ("days", "scores")

    def __init__(self) -> None:
        self.days = NO_ROWS
        self.scores = bytearray()

    def add(self, day: int, score: float) -> None:
        """A rating was given."""
        index, whole = bisect_left(self.days, day), ceil(score)
        if index < len(self.days) and self.days[index] == day:
            self.scores[index] = min(self.scores[index], whole)
        else:
            self.days = packed([*self.days[:index], day, *self.days[index:]])
            self.scores.insert(index, whole)

    def unhappy_days(self, first: int, known: int, at_most: int) -> list[int]:
        """The days first .. known with a rating at or below a score."""
        found = range(bisect_left(self.days, first), bisect_right(self.days, known))
        return [self.days[index] for index in found if self.scores[index] <= at_most]

    def days_after(self, day: int) -> "array[int]":
        """The days after `day` with a rating."""
        return self.days[bisect_right(self.days, day) :]

    def forget(self, before: int) -> None:
        """Drop the ratings of days before `before`."""
        count = bisect_left(self.days, before)
        del self.days[:count], self.scores[:count]
