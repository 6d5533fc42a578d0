"""The day ledger against a plain dictionary of days."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.day_ledger import DayLedger

ENTRIES = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3), st.integers(-(10**12), 10**12)), max_size=30)


@given(ENTRIES, st.integers(-2, 32), st.integers(-2, 32), st.integers(0, 32))
def test_windows_are_what_adding_up_gives(entries: list[tuple[int, int, int]], first: int, last: int, before: int) -> None:
    totals = DayLedger(2)
    for day, count, amount in entries:
        totals.add(day, (count, amount))
    totals.forget(min(before, first))

    inside = [entry for entry in entries if first <= entry[0] <= last]
    if first <= last:
        assert totals.between(0, first, last) == sum(count for _, count, _ in inside)
        assert totals.between(1, first, last) == sum(amount for _, _, amount in inside)
        assert totals.days_between(first, last) == len({day for day, _, _ in inside})
    assert totals.up_to(1, 99) == sum(amount for _, _, amount in entries)
    assert totals.days_up_to(99) == len({day for day, _, _ in entries})
    assert totals.first_day(99) == min((day for day, _, _ in entries), default=None)
    assert totals.last_day(99) == max((day for day, _, _ in entries), default=None)


@given(ENTRIES)
def test_a_day_that_comes_to_nothing_disappears(entries: list[tuple[int, int, int]]) -> None:
    totals = DayLedger(2)
    for day, count, amount in entries:
        totals.add(day, (count, amount))
    for day, count, amount in entries:
        totals.add(day, (-count, -amount))

    assert list(totals.days) == []
    assert totals.up_to(1, 99) == 0
