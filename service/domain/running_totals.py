"""Running totals by business day: any window is the difference of two of them, found by bisection.

Columns are packed integers (`array`) that are copied to and from a row as they are. They widen when a number needs it,
so most take one or two bytes a day.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

_WIDER = {"b": "h", "h": "i", "i": "q"}


def packed(values: Sequence[int]) -> "array[int]":
    """The narrowest signed column that holds the values."""
    low, high = (min(values), max(values)) if values else (0, 0)
    for code, bits in (("b", 7), ("h", 15), ("i", 31)):
        if -(1 << bits) <= low and high < 1 << bits:
            return array(code, values)
    return array("q", values)


def with_inserted(column: "array[int]", at: int, value: int) -> "array[int]":
    """The column with a value inserted, wider if it has to be."""
    try:
        column.insert(at, value)
    except OverflowError:
        return with_inserted(array(_WIDER[column.typecode], column), at, value)
    return column


def with_set(column: "array[int]", at: int, value: int) -> "array[int]":
    """The column with one value changed, wider if it has to be."""
    try:
        column[at] = value
    except OverflowError:
        return with_set(array(_WIDER[column.typecode], column), at, value)
    return column


class RunningTotals:
    """Days in growing order, and for each the totals up to and including it; the first total says whether a day is empty.

    `base` holds the totals of days that were forgotten, `forgotten` how many there were.
    """

    __slots__ = ("base", "columns", "days", "first_forgotten", "forgotten", "last_forgotten")

    def __init__(self, width: int) -> None:
        self.days = array("b")
        self.columns = [array("b") for _ in range(width)]
        self.base = [0] * width
        self.forgotten = 0
        self.first_forgotten = self.last_forgotten = 0

    def up_to(self, column: int, day: int) -> int:
        """Total of all days up to and including `day`."""
        index = bisect_right(self.days, day)
        return self.columns[column][index - 1] if index else self.base[column]

    def between(self, column: int, first: int, last: int) -> int:
        """Total of the days first .. last."""
        return self.up_to(column, last) - self.up_to(column, first - 1)

    def days_between(self, first: int, last: int) -> int:
        """How many days of first .. last hold something."""
        return bisect_right(self.days, last) - bisect_left(self.days, first)

    def days_up_to(self, day: int) -> int:
        """How many days hold something, forgotten ones too."""
        return self.forgotten + bisect_right(self.days, day)

    def first_day(self, known: int) -> int | None:
        """The earliest day that holds something, of those up to `known`."""
        first = self.first_forgotten if self.forgotten else self.days[0] if self.days else None
        return first if first is not None and first <= known else None

    def last_day(self, known: int) -> int | None:
        """The latest day that holds something, of those up to `known`."""
        index = bisect_right(self.days, known)
        if index:
            return self.days[index - 1]
        return self.last_forgotten if self.forgotten else None

    def next_day(self, day: int) -> int | None:
        """The first day after `day` that holds something."""
        index = bisect_right(self.days, day)
        return self.days[index] if index < len(self.days) else None

    def day_reaching(self, column: int, total: int) -> int:
        """The first kept day whose running total reaches `total` (the column must not fall)."""
        return self.days[bisect_left(self.columns[column], total)]

    def day_of_rank(self, rank: int) -> int:
        """The kept day with `rank` days before it, forgotten ones counted."""
        return self.days[rank - self.forgotten]

    def add(self, day: int, amounts: Iterable[int]) -> None:
        """Add to a day's amounts (one a column); a day whose first amount comes to nothing disappears."""
        index = bisect_left(self.days, day)
        if index == len(self.days) or self.days[index] != day:
            self.days = with_inserted(self.days, index, day)
            for number, column in enumerate(self.columns):
                before = column[index - 1] if index else self.base[number]
                self.columns[number] = with_inserted(column, index, before)
        for number, amount in enumerate(amounts):
            if amount:
                self._raise(number, index, amount)
        if self.columns[0][index] == (self.columns[0][index - 1] if index else self.base[0]):
            del self.days[index]
            for column in self.columns:
                del column[index]

    def _raise(self, number: int, index: int, amount: int) -> None:
        column = self.columns[number]
        if index == len(column) - 1:  # the newest day, nearly always
            self.columns[number] = with_set(column, index, column[index] + amount)
        else:
            self.columns[number] = packed([*column[:index], *(total + amount for total in column[index:])])

    def forget(self, before: int) -> None:
        """Keep days before `before` only in the totals."""
        count = bisect_left(self.days, before)
        if not count:
            return
        if not self.forgotten:
            self.first_forgotten = self.days[0]
        self.last_forgotten = self.days[count - 1]
        self.forgotten += count
        del self.days[:count]
        for number, column in enumerate(self.columns):
            self.base[number] = column[count - 1]
            del column[:count]
