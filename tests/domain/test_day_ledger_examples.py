"""The day ledger, case by case: bounds of windows, what is forgotten."""

import pytest

from service.domain.columns import NO_ROWS
from service.domain.day_ledger import EVER, DayLedger


def ledger(*entries: tuple[int, int, int], forget: int | None = None) -> DayLedger:
    found = DayLedger(2, remembers=EVER)
    for day, count, amount in entries:
        found.add(day, (count, amount))
    if forget is not None:
        found.forget(forget)
    return found


@pytest.mark.parametrize("known", [[], [(3, 1, 9)], [(5, 1, 9)]])
def test_many_days_at_once_are_added_as_one_by_one(known: list[tuple[int, int, int]]) -> None:
    one_by_one, at_once = ledger(*known, (5, 2, 10), (7, 1, 70_000), (8, 1, 3)), ledger(*known)
    at_once.up_to(1, 9)  # running totals go on

    at_once.extend([5, 7, 8], [[2, 1, 1], [10, 70_000, 3]])

    assert (at_once.days, at_once.columns) == (one_by_one.days, one_by_one.columns)
    assert [at_once.up_to(1, day) for day in range(4, 9)] == [one_by_one.up_to(1, day) for day in range(4, 9)]


def test_what_is_empty_stays_so_when_another_takes_something_in() -> None:
    for index, days in enumerate(([1], [4, 2], [4, 4])):
        found = DayLedger(1)
        for day in days:
            found.add(day, (1,))
        found.forget(3)
        found.add(9, (1,))

        assert list(found.days) == ([9] if index == 0 else [4, 9])
    assert not NO_ROWS


def test_windows_hold_both_their_ends() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), (9, 1, 40))

    assert [found.between(1, *days) for days in ((5, 9), (6, 9), (5, 8), (6, 8), (7, 7), (10, 20))] == [70, 60, 30, 20, 20, 0]
    assert [found.days_between(*days) for days in ((5, 9), (6, 9), (5, 8), (6, 8), (8, 8))] == [3, 2, 2, 1, 0]
    assert [found.up_to(1, day) for day in (4, 5, 8, 9)] == [0, 10, 30, 70]
    assert [found.days_up_to(day) for day in (4, 5, 9)] == [0, 1, 3]


def test_a_day_adds_up_also_after_it_was_asked_for() -> None:
    found = ledger((5, 1, 10), (7, 1, 20))
    assert found.up_to(1, 9) == 30

    found.add(7, (1, 5))
    found.add(9, (1, 1))
    assert (found.up_to(1, 9), found.up_to(1, 7), found.between(0, 7, 9)) == (36, 35, 3)

    found.add(6, (1, 100))
    found.add(5, (1, 100))
    assert (found.up_to(1, 9), found.up_to(1, 5), found.up_to(1, 6)) == (236, 110, 210)


def test_a_day_whose_first_amount_comes_to_nothing_disappears_with_all_of_it() -> None:
    found = ledger((5, 1, 10), (7, 1, 20))
    assert found.up_to(1, 9) == 30

    found.add(7, (-1, -15))

    assert (list(found.days), found.up_to(1, 9)) == ([5], 10)


def test_first_last_and_next_days() -> None:
    found = ledger((5, 1, 10), (7, 1, 20))

    assert [found.first_day(known) for known in (4, 5, 9)] == [None, 5, 5]
    assert [found.last_day(known) for known in (4, 5, 6, 7, 9)] == [None, 5, 5, 7, 7]
    assert [found.next_day(day) for day in (4, 5, 6, 7)] == [5, 7, 7, None]
    assert [DayLedger(1).first_day(9), DayLedger(1).last_day(9), DayLedger(1).next_day(0)] == [None, None, None]


def test_forgotten_days_stay_in_the_totals() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), (9, 1, 40), forget=8)

    assert (found.up_to(0, 9), found.up_to(1, 9), found.up_to(1, 8)) == (4, 70, 30)
    assert (found.days_up_to(9), list(found.days)) == (3, [9])
    assert [found.first_day(known) for known in (4, 5, 9)] == [None, 5, 5]
    assert [found.last_day(known) for known in (8, 9)] == [7, 9]


def test_forgetting_stops_before_the_day_named() -> None:
    assert list(ledger((5, 1, 10), (7, 1, 20), forget=7).days) == [7]
    assert list(ledger((5, 1, 10), (7, 1, 20), forget=5).days) == [5, 7]


def test_forgetting_twice_adds_up_and_the_first_day_stays() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), (9, 1, 40), forget=6)
    found.forget(8)

    assert (found.up_to(1, 9), found.days_up_to(9), found.first_day(9)) == (70, 3, 5)
    assert found.last_days(3, 9) == [5, 7, 9]


def test_the_last_days_reach_back_into_what_was_forgotten() -> None:
    found = ledger(*((day, 1, 1) for day in range(1, 16)), forget=13)

    assert found.last_days(3, 99) == [13, 14, 15]
    assert found.last_days(5, 99) == [11, 12, 13, 14, 15]
    assert found.last_days(2, 13) == [12, 13]
    assert found.last_days(2, 14) == [13, 14]
    assert found.last_days(99, 99) == [*range(1, 13), 13, 14, 15]


def test_the_last_days_of_few_are_all() -> None:
    assert ledger((5, 1, 1), (7, 1, 1)).last_days(9, 99) == [5, 7]
    assert ledger((5, 1, 1), (7, 1, 1)).last_days(9, 6) == [5]


def test_a_bound_is_reached_on_a_day() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), (9, 1, 40))

    assert [found.day_reaching(1, total) for total in (1, 10, 11, 30, 31, 70)] == [5, 5, 7, 7, 9, 9]
    assert [found.day_of_rank(rank) for rank in (0, 1, 2)] == [5, 7, 9]


def test_ranks_and_bounds_count_forgotten_days() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), (9, 1, 40), forget=6)

    assert [found.day_of_rank(rank) for rank in (1, 2)] == [7, 9]
    assert [found.day_reaching(1, total) for total in (11, 31)] == [7, 9]


def test_a_copy_is_changed_on_its_own() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), (9, 1, 40), forget=6)
    copied = found.copy()
    copied.add(9, (1, 1))
    copied.forget(8)

    assert (found.up_to(1, 9), list(found.days), found.last_days(9, 9)) == (70, [7, 9], [5, 7, 9])
    assert (copied.up_to(1, 9), list(copied.days), copied.first_day(9), copied.days_up_to(9)) == (71, [9], 5, 3)


def test_a_copy_knows_the_first_day_though_it_was_forgotten_before() -> None:
    copied = ledger((5, 1, 10), (7, 2, 20), forget=9).copy()

    assert (copied.first_day(9), copied.last_day(9), copied.days_up_to(9), copied.up_to(0, 9)) == (5, 7, 2, 3)
    assert copied.last_days(9, 9) == [5, 7]


def test_a_day_before_all_others_comes_first() -> None:
    found = ledger((5, 1, 10), (7, 2, 20))
    found.add(2, (1, 400))

    assert list(found.days) == [2, 5, 7]
    assert [found.up_to(1, day) for day in (1, 2, 5, 7)] == [0, 400, 410, 430]


def test_a_day_between_others_and_one_after_all_others_widen_the_days() -> None:
    found = ledger((5, 1, 10), (300, 1, 20), (100_000, 1, 40))
    found.add(70_000, (1, 80))

    assert list(found.days) == [5, 300, 70_000, 100_000]
    assert found.between(1, 300, 70_000) == 100


def test_a_newest_day_is_added_to_what_was_asked_for_before() -> None:
    found = ledger((5, 1, 10))
    assert found.up_to(1, 99) == 10

    found.add(6, (2, 300))
    found.add(7, (1, -5))

    assert [found.up_to(1, day) for day in (5, 6, 7)] == [10, 310, 305]
    assert [found.up_to(0, day) for day in (5, 6, 7)] == [1, 3, 4]


def test_a_ledger_of_forgotten_days_only_goes_on() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), forget=9)
    found.add(12, (1, 40))

    assert (found.up_to(1, 11), found.up_to(1, 12), found.days_up_to(12)) == (30, 70, 3)
    assert (found.day_of_rank(2), found.day_reaching(1, 31), found.next_day(7)) == (12, 12, 12)
    assert found.last_days(2, 12) == [7, 12]


def test_a_first_day_that_was_forgotten_is_not_known_before_it() -> None:
    found = ledger((5, 1, 10), (7, 2, 20), forget=9)

    assert [found.first_day(known) for known in (4, 5)] == [None, 5]


def test_only_the_newest_forgotten_days_are_known() -> None:
    found = DayLedger(1, remembers=3)
    for day in range(1, 16):
        found.add(day, (1,))
    for before in (13, 15):
        found.forget(before)

    assert found.last_days(99, 99) == [12, 13, 14, 15]
    assert (found.days_up_to(99), found.first_day(99), found.copy().last_days(99, 99)) == (15, 1, [12, 13, 14, 15])


@pytest.mark.parametrize("day", [5, 7, 9])
def test_more_on_any_day_is_added_to_what_was_asked_for_before(day: int) -> None:
    found = ledger((5, 1, 10), (7, 1, 20), (9, 1, 40))
    before = [found.up_to(1, each) for each in (5, 7, 9)]

    found.add(day, (1, 100))

    assert [found.up_to(1, each) for each in (5, 7, 9)] == [
        total + 100 * (each >= day) for each, total in zip((5, 7, 9), before, strict=True)
    ]
