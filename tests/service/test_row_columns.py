"""Columns in a row: whatever they hold is read as it was, and what most customers have takes little room."""

from array import array
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.columns import packed
from service.domain.day_ledger import DayLedger
from service.domain.remembered import Remembered
from service.rows.columns import Part, Source, put_column, put_days, put_ledger, put_remembered

LENGTHS = (15, 16, 17, 300)
BEHIND = b"behind"


def source(parts: list[Part]) -> Source:
    """Reads what was put, from behind something, with something behind it."""
    return Source(b"".join([b"!", *parts, BEHIND]), 1)


def read_column(values: Sequence[int], *, days: bool = False) -> tuple["array[int]", int]:
    """A column as it is read again, and how many bytes it took."""
    parts: list[Part] = []
    (put_days if days else put_column)(parts, packed(values))
    read = source(parts)
    column = read.column(len(values))
    assert read.take(len(BEHIND)) == BEHIND
    return column, read.at - 1 - len(BEHIND)


@given(st.sampled_from((1, 15, 16, 255, 65_535, 1 << 31, 1 << 40)), st.booleans(), st.data())
def test_a_column_is_read_as_it_was(most: int, negative: bool, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.integers(-most if negative else 0, most), min_size=1, max_size=40))

    assert read_column(values)[0] == packed(values)


@given(st.integers(-800, 70_000), st.lists(st.sampled_from((0, 1, 1, 1, 3, 255, 256, 257, 5_000)), min_size=1, max_size=400))
def test_days_are_read_as_they_were(first: int, gaps: list[int]) -> None:
    days = packed(list(accumulate(gaps, initial=first)))

    assert read_column(days, days=True)[0] == days


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(("most", "each"), [(0, 0.0), (15, 0.5), (16, 1.0)])
def test_zeros_take_a_byte_and_small_counts_half_a_byte_each(length: int, most: int, each: float) -> None:
    column, size = read_column([most] * length)

    assert column.tolist() == [most] * length
    assert size == 1 + (length if length < 16 and most else int(length * each + 0.5))


@pytest.mark.parametrize("length", LENGTHS)
def test_days_take_a_byte_each_when_there_are_enough_of_them(length: int) -> None:
    days = range(19_000, 19_000 + length)
    highs = len({day >> 8 for day in days})

    assert read_column(days, days=True)[1] == (1 + 2 * length if length < 16 else 1 + 2 + length + 2 * (highs - 1))


def test_days_of_which_few_are_near_each_other_are_copied() -> None:
    assert read_column(range(0, 20 * 900, 900), days=True)[1] == 1 + 2 * 20


def test_a_ledger_is_read_as_it_was() -> None:
    ledger, again = DayLedger(3, remembers=30), DayLedger(3, remembers=30)
    for place, day in enumerate(range(19_000, 19_400, 2)):
        ledger.add(day, (1 + place % 3, place * 500, -place))
    ledger.forget(19_100)
    parts: list[Part] = []

    put_ledger(parts, ledger)
    source(parts).ledger(again)

    assert (again.days, again.columns) == (ledger.days, ledger.columns)
    found, kept = ((each.forgotten, each.first_forgotten, each.recent, each.base) for each in (again, ledger))
    assert found == kept
    assert again.forgotten == 50


def test_remembered_ids_stand_behind_their_numbers() -> None:
    remembered = Remembered(2)
    for number in range(20):
        remembered.add(b"id%04d" % number, number, 19_000 + number, (number * 100, 0))
    parts: list[Part] = []

    put_remembered(parts, remembered)
    again = source(parts).remembered(2)

    assert (again.cells, again.days, again.columns) == (remembered.cells, remembered.days, remembered.columns)
    assert parts[-1] == remembered.cells
