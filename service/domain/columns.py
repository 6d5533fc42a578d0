"""Columns: packed integers (`array`) that go to and from a row as they are.

They widen when a number needs it, so most take one or two bytes a number.
"""

from array import array
from collections.abc import Sequence
from typing import Final

NO_ROWS: Final = array("B")
"""The column of all that is empty: whoever puts something in makes another one."""
_ZEROS: Final = {code: array(code, [0]) for code in "BHIqbhi"}


def packed(values: Sequence[int]) -> "array[int]":
    """The narrowest column that holds the values."""
    return array(_narrowest(min(values), max(values)) if values else "B", values)


def _column_of(number: int) -> "array[int]":
    """A column of one number: a copy of one that there is, for to make one anew takes four times as long."""
    column = _ZEROS[_narrowest(number, number)][:]
    column[0] = number
    return column


def _narrowest(low: int, high: int) -> str:
    """The type code of a column for numbers from `low` to `high`."""
    if low >= 0:
        return "B" if high < 1 << 8 else "H" if high < 1 << 16 else "I" if high < 1 << 32 else "q"
    least = max(-low - 1, high)
    return "b" if least < 1 << 7 else "h" if least < 1 << 15 else "i" if least < 1 << 31 else "q"


def with_row(
    days: "array[int]", columns: "list[array[int]]", day: int, numbers: Sequence[int]
) -> "tuple[array[int], list[array[int]]]":
    """Days and columns with one more row at their end, wider if they have to be."""
    count = len(days)
    if not count:
        return _column_of(day), [_column_of(number) for number in numbers]
    try:
        days.append(day)
        any(map(array.append, columns, numbers))  # append gives None: all are asked, and by a loop in C
    except OverflowError:
        days = packed([*days[:count], day])
        columns = [packed([*column[:count], number]) for column, number in zip(columns, numbers, strict=True)]
    return days, columns


def with_rows(
    days: "array[int]", columns: "list[array[int]]", more: list[int], numbers: list[list[int]]
) -> "tuple[array[int], list[array[int]]]":
    """The same with many more rows, for each column their numbers."""
    extended = [_extended(column, values) for column, values in zip(columns, numbers, strict=True)]
    return _extended(days, more), extended


def _extended(column: "array[int]", values: list[int]) -> "array[int]":
    if not column:
        return packed(values)
    try:
        column.fromlist(values)  # all or none, and in a third of the time that extend takes
    except OverflowError:
        return packed([*column, *values])
    return column


def with_inserted(column: "array[int]", at: int, value: int) -> "array[int]":
    """The column with a value inserted, wider if it has to be."""
    try:
        column.insert(at, value)
    except OverflowError:
        return packed([*column[:at], value, *column[at:]])
    return column


def with_set(column: "array[int]", at: int, value: int) -> "array[int]":
    """The column with one value changed, wider if it has to be."""
    try:
        column[at] = value
    except OverflowError:
        return packed([*column[:at], value, *column[at + 1 :]])
    return column
