"""What intake tells of a batch, customers hear, however the log cuts the records."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dead_letters import own_headers, replay_headers
from service.produced import PRODUCED, SPREAD, Produced, marked


def record(key: bytes | None, headers: Any = (), timestamp: int = 9_000) -> Any:
    """A record of the log."""
    return SimpleNamespace(key=key, headers=list(headers), timestamp=timestamp)


def batch(oldest: int, count: int) -> list[Any]:
    """What intake writes into a partition of one batch."""
    return written([oldest] * count)


def written(times: list[int]) -> list[Any]:
    """What intake writes into a partition of records of these times."""
    contents = marked([(b"c", b"", (), None) for _ in times], times)
    return [record(key, headers) for key, _, headers, _ in contents]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=8), st.integers(1, 7))
def test_each_event_has_its_batch_s_time_however_records_are_taken(batches: list[tuple[int, int]], size: int) -> None:
    log = [each for oldest, count in batches for each in batch(oldest, count)]
    produced = Produced()

    found = [time for at in range(0, len(log), size) for time in produced.times(log[at : at + size])]

    assert found == [oldest for oldest, count in batches for _ in range(count)]


@given(st.lists(st.integers(0, 5 * SPREAD), max_size=9))
def test_none_seems_older_than_it_is_by_more_than_the_spread(times: list[int]) -> None:
    found = Produced().times(written(times))
    assert len(found) == len(times)
    assert all(0 <= time - told <= SPREAD for time, told in zip(times, found, strict=True))


def test_one_record_of_a_till_that_was_offline_makes_no_others_late() -> None:
    now, offline = 10_000_000, 9_000_000
    log = written([now, now + 30, offline, now + 60, *[now + 90] * 500])
    assert Produced().times(log) == [now, now, offline, *[now + 60] * 501]
    assert len([each for each in log if each.headers]) == 3


def test_without_a_mark_the_log_tells_and_control_records_are_no_events() -> None:
    log = [
        record(b"a", timestamp=5),
        record(None, timestamp=1),
        *batch(70, 2),
        record(None, timestamp=1),
        record(b"b", timestamp=6),
    ]
    assert Produced().times(log) == [5, 70, 70, 6]


@pytest.mark.parametrize("told", [b"", b"x 3", b"12", b"12 ", b"12 0", b"-1 3", b" 3"])
def test_a_mark_that_can_not_be_read_is_none(told: bytes) -> None:
    assert Produced().times([record(b"a", [(PRODUCED, told)], 5), record(b"b", timestamp=6)]) == [5, 6]


def test_what_came_with_the_first_record_stays_and_the_mark_never_goes_back_to_a_producer() -> None:
    carried = replay_headers("orders-0@5", 1)
    [(_, _, headers, _)] = marked([(b"c", b"", carried, None)], [70])

    assert list(headers[1:]) == carried
    assert own_headers(headers) == []
    assert Produced().times([record(b"c", carried, 5), record(b"c", headers)]) == [5, 70]
    assert marked([], []) == []
