"""Columns take the least room, and widen."""

import pytest

from service.domain.columns import packed, with_inserted, with_row, with_rows, with_set


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ([], "B"),
        ([0, 255], "B"),
        ([0, 256], "H"),
        ([-1, 0], "b"),
        ([-128, 127], "b"),
        ([-129], "h"),
        ([-1, 128], "h"),
        ([65_535], "H"),
        ([65_536], "I"),
        ([-32_768, 32_767], "h"),
        ([-32_769], "i"),
        ([2**32 - 1], "I"),
        ([2**32], "q"),
        ([-(2**31), 2**31 - 1], "i"),
        ([-(2**31) - 1], "q"),
    ],
)
def test_the_narrowest_column_that_holds_the_values(values: list[int], code: str) -> None:
    assert packed(values).typecode == code
    assert list(packed(values)) == values


def test_a_column_widens_when_a_value_needs_it() -> None:
    column = packed([1, 2])

    assert list(with_inserted(column, 1, 300)) == [1, 300, 2]
    days, (first, second) = with_row(packed([1, 2]), [packed([1, 2]), packed([5, 6])], 3, (300, -7))
    assert (list(days), list(first), list(second)) == ([1, 2, 3], [1, 2, 300], [5, 6, -7])
    assert list(with_inserted(packed([1, 2]), 1, 3)) == [1, 3, 2]
    assert list(with_set(packed([1, 2, 3]), 1, -1)) == [1, -1, 3]
    assert list(with_set(packed([1, 2, 3]), 1, 7)) == [1, 7, 3]


def test_many_rows_at_once_widen_too() -> None:
    days, (first, second) = with_rows(packed([1]), [packed([1]), packed([5])], [2, 3], [[300, 7], [6, -7]])

    assert (list(days), list(first), list(second)) == ([1, 2, 3], [1, 300, 7], [5, 6, -7])
