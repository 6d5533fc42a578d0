"""A sparse ledger by business day: what each day holds, and the total of any window by bisection.

A few days are summed up; of more, running totals are built, and go on, when a window is asked for.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from service.domain.columns import NO_ROWS, packed, with_inserted, with_row, with_rows, with_set

EVER: Final = 1 << 30
"""As many forgotten days as there are."""
FEW: Final = 32
"""So many days, or fewer, are summed up as fast as two running totals are found."""


def _begin(days: "array[int]", first: int) -> int:
    """How many days lie before `first`: mostly the first of a window, which few days lie before."""
    return bisect_left(days, first) if days and days[0] < first else 0


def _end(days: "array[int]", last: int) -> int:
    """How many days lie up to `last`: mostly all of them."""
    count = len(days)
    return count if not count or days[count - 1] <= last else bisect_right(days, last)


class DayLedger:
    """Days in growing order and for each its amounts, one a column; the first says whether a day is empty.

    `base` holds the totals of days that were forgotten, `forgotten` how many there were, `recent` the newest of them, of
    which so many are known as `remembers` says.
    """

    __slots__ = ("_running", "base", "columns", "days", "first_forgotten", "forgotten", "recent", "remembers")

    def __init__(self, width: int, remembers: int = 1) -> None:
        self.days = NO_ROWS
        self.columns = [NO_ROWS] * width
        self.base = [0] * width
        self.forgotten = 0
        self.first_forgotten = 0
        self.recent = NO_ROWS
        self.remembers = remembers
        self._running: list[array[int] | None] = [None] * width
        """Of each column the totals of the first kept days, of as many as were asked for."""

    def at(self, column: int, day: int) -> int:
        """What a kept day holds."""
        index = bisect_left(self.days, day)
        return self.columns[column][index] if index < len(self.days) and self.days[index] == day else 0

    def up_to(self, column: int, day: int) -> int:
        """Total of all days up to and including `day`."""
        return self.base[column] + self._sum(column, 0, _end(self.days, day))

    def between(self, column: int, first: int, last: int) -> int:
        """Total of the days first .. last."""
        days = self.days
        return self._sum(column, _begin(days, first), _end(days, last))

    def days_between(self, first: int, last: int) -> int:
        """How many days of first .. last hold something."""
        return _end(self.days, last) - _begin(self.days, first)

    def days_up_to(self, day: int) -> int:
        """How many days hold something, forgotten ones too."""
        return self.forgotten + _end(self.days, day)

    def days_before(self, day: int) -> int:
        """How many kept days lie before `day`."""
        return _begin(self.days, day)

    def first_day(self, known: int) -> int | None:
        """The earliest day that holds something, of those up to `known`."""
        if self.forgotten:
            return self.first_forgotten if self.first_forgotten <= known else None
        return self.days[0] if self.days and self.days[0] <= known else None

    def last_day(self, known: int) -> int | None:
        """The latest day that holds something, of those up to `known`."""
        index = _end(self.days, known)
        if index:
            return self.days[index - 1]
        return self.recent[-1] if self.recent else None

    def last_days(self, count: int, known: int) -> list[int]:
        """The latest `count` days that hold something, of those up to `known`, as far back as they are known."""
        index = _end(self.days, known)
        found = self.days[max(0, index - count) : index].tolist()
        if len(found) < count and self.recent:
            return [*self.recent[len(found) - count :], *found]
        return found

    def next_day(self, day: int) -> int | None:
        """The first day after `day` that holds something."""
        index = bisect_right(self.days, day)
        return self.days[index] if index < len(self.days) else None

    def days_after(self, day: int) -> "array[int]":
        """The days after `day` that hold something."""
        return self.days[_end(self.days, day) :]

    def day_reaching(self, column: int, total: int) -> int:
        """The first kept day whose running total reaches `total` (the column must not hold negative amounts)."""
        return self.days[bisect_left(self._totals(column), total) - 1]

    def day_of_rank(self, rank: int) -> int:
        """The kept day with `rank` days before it, forgotten ones counted."""
        return self.days[rank - self.forgotten]

    def add(self, day: int, amounts: Sequence[int]) -> None:
        """Add to a day's amounts (one a column); a day whose first amount comes to nothing disappears."""
        if not self.days or self.days[-1] < day:
            self.days, self.columns = with_row(self.days, self.columns, day, amounts)
            return
        self._add_to(self._index_of(day), amounts)

    def extend(self, days: list[int], amounts: list[list[int]]) -> None:
        """Add growing days, the first no earlier than the newest, none of them empty; for each column the days' amounts."""
        if self.days and self.days[-1] == days[0]:
            self._add_to(len(self.days) - 1, [column[0] for column in amounts])
            days, amounts = days[1:], [column[1:] for column in amounts]
        self.days, self.columns = with_rows(self.days, self.columns, days, amounts)

    def _add_to(self, index: int, amounts: Sequence[int]) -> None:
        """Add to the day at an index."""
        self._forget_totals(index)
        for number, amount in enumerate(amounts):
            if amount:
                column = self.columns[number]
                self.columns[number] = with_set(column, index, column[index] + amount)
        if not self.columns[0][index]:
            del self.days[index]
            for column in self.columns:
                del column[index]

    def forget(self, before: int) -> None:
        """Keep days before `before` only in the totals (and the newest of them in `recent`)."""
        if not self.days or self.days[0] >= before:
            return
        count = bisect_left(self.days, before)
        if not self.forgotten:
            self.first_forgotten = self.days[0]
        self.recent = packed([*self.recent, *self.days[:count]][-self.remembers :])
        self.forgotten += count
        del self.days[:count]
        for number, column in enumerate(self.columns):
            self.base[number] += sum(column[:count])
            del column[:count]
        self._running = [None] * len(self.columns)

    def copy(self) -> "DayLedger":
        """The same ledger, to be changed on its own."""
        copied = DayLedger(len(self.columns), self.remembers)
        copied.days, copied.columns = self.days[:], [column[:] for column in self.columns]
        copied.base, copied.recent = self.base[:], self.recent[:]
        copied.forgotten, copied.first_forgotten = self.forgotten, self.first_forgotten
        return copied

    def _sum(self, number: int, begin: int, end: int) -> int:
        """Of a column from one place to another."""
        if begin == end:
            return 0
        column = self.columns[number]
        if len(column) > FEW:
            totals = self._totals(number)
            return totals[end] - totals[begin]
        return sum(column) if not begin and end == len(column) else sum(column[begin:end])

    def _totals(self, number: int) -> "array[int]":
        """Running totals of a column: the one at index i is that of the first i kept days."""
        column, totals = self.columns[number], self._running[number]
        if totals is None:
            totals = self._running[number] = array("q", accumulate(column, initial=self.base[number]))
        elif len(totals) <= len(column):
            totals.extend(accumulate(column[len(totals) :], initial=totals[-1] + column[len(totals) - 1]))
        return totals

    def _forget_totals(self, index: int) -> None:
        """The day at an index and those after it are not what they were."""
        for totals in self._running:
            if totals is not None:
                del totals[index + 1 :]

    def _index_of(self, day: int) -> int:
        """Where a day up to the newest stands; it is put there when it is new."""
        index = bisect_left(self.days, day)
        if self.days[index] != day:
            self._forget_totals(index)
            self.days = with_inserted(self.days, index, day)
            for column in self.columns:
                column.insert(index, 0)
        return index
