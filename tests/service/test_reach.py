"""Up to which moment all is dealt with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.faust_safe.work import Course
from service.reach import LogShorter, Reach

NOW = 1_000.0


def test_nothing_is_known_before_something_was_fetched() -> None:
    assert Reach().moment(None, NOW) is None


def test_who_is_at_the_end_has_dealt_with_all_that_was_there_when_it_was_seen() -> None:
    reach = Reach()
    assert reach.moment(Course(7, 7, 10.0), NOW) == 10.0
    assert reach.moment(Course(7, 7, 11.5), NOW) == 11.5
    assert reach.moment(Course(8, 7, 11.5), NOW) == 11.5


def test_who_never_is_at_the_end_has_come_to_one_that_was_seen_before() -> None:
    reach = Reach()
    assert reach.moment(Course(0, 100, 10.0), NOW) is None
    assert reach.moment(Course(99, 200, 11.0), NOW) is None
    assert reach.moment(Course(100, 300, 12.0), NOW) == 10.0
    assert reach.moment(Course(299, 400, 13.0), NOW) is None
    assert reach.moment(Course(350, 500, 14.0), NOW) == 12.0
    assert reach.moment(Course(500, 500, 15.0), NOW) == 15.0
    assert reach.moment(Course(500, 600, 16.0), NOW) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=40))
def test_no_moment_is_said_whose_records_are_not_all_dealt_with(steps: list[tuple[int, int]]) -> None:
    reach, at, ends = Reach(), 0, [0]
    for dealt_with, written in steps:
        ends.append(ends[-1] + written)
        at = min(ends[-1], at + dealt_with)
        moment = reach.moment(Course(at, ends[-1], float(len(ends) - 1)), float(len(ends)))
        assert moment is None or at >= ends[int(moment)]


def test_a_log_that_ends_before_what_was_read_of_it_is_another_one() -> None:
    reach = Reach()
    assert reach.moment(Course(400, 400, 10.0), 11.0) == 10.0
    assert reach.moment(Course(450, 420, 10.5), 12.0) == 10.5  # it has come further since the end was seen
    assert reach.moment(Course(450, 440, 11.9), 13.0) == 11.9
    with pytest.raises(LogShorter):
        reach.moment(Course(450, 449, 12.1), 14.0)
