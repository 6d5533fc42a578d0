"""The lag of a lane and how far it has come, with control markers at the end of the log and batches under way."""

from types import SimpleNamespace
from typing import Any

import pytest

from service.faust_safe.fetched import Fetched
from service.faust_safe.work import TP, Course

HERE, ELSEWHERE = TP("log", 0), TP("log", 1)


class Standing(Fetched):
    """What has been fetched up to `position`."""

    def __init__(self, *, highwater: int | None = 5, position: int = 5, handed_out: int = 5) -> None:
        self.here: Any = SimpleNamespace(
            highwater=highwater, position=position, has_valid_position=True, lso=None, timestamp=12_500
        )
        of_group = SimpleNamespace(assignment=SimpleNamespace(state_value={HERE: self.here}.get, tps=[HERE]))
        self.knows: Any = SimpleNamespace(subscription=of_group)
        super().__init__(lambda: SimpleNamespace(_subscription=self.knows))
        self.hand_out(HERE, [SimpleNamespace(offset=handed_out - 1)])


def lane(tp: TP, durable: int = 0) -> Any:
    """A lane that has dealt with all before `durable`."""
    return SimpleNamespace(tp=tp, durable=durable)


@pytest.mark.parametrize(
    ("highwater", "position", "handed_out", "durable", "lag"),
    [
        (None, 0, 0, 0, None),
        (10, 10, 10, 10, 0),
        (11, 11, 10, 10, 0),  # a marker at the end
        (12, 10, 10, 10, 2),  # not fetched yet
        (11, 11, 10, 7, 4),  # handed out, not durable
        (10, 12, 12, 12, 0),  # the mark is that of an earlier fetch
    ],
)
def test_lag(highwater: int | None, position: int, handed_out: int, durable: int, lag: int | None) -> None:
    fetched = Standing(highwater=highwater, position=position, handed_out=handed_out)
    assert fetched.lag(lane(HERE, durable)) == lag


def test_a_partition_that_was_left_has_no_lag() -> None:
    fetched = Standing()
    assert fetched.lag(lane(ELSEWHERE)) is None
    fetched.knows.subscription.assignment = None
    assert fetched.lag(lane(HERE)) is None
    fetched.knows.subscription = None
    assert fetched.lag(lane(HERE)) is None


def test_the_lag_of_one_partition_asks_for_no_other() -> None:
    fetched = Standing(highwater=9)  # of a consumer that has no `assignment()`: a copy of all, once a lane
    assert fetched.lag(lane(HERE, 7)) == 2
    assert fetched.lag(lane(ELSEWHERE)) is None


@pytest.mark.parametrize(
    ("lso", "position", "handed_out", "durable", "course"),
    [
        (10, 10, 10, 10, Course(10, 10, 12.5)),
        (11, 11, 10, 10, Course(11, 11, 12.5)),  # a marker at the end
        (12, 10, 10, 10, Course(10, 12, 12.5)),  # not fetched yet
        (11, 11, 10, 7, Course(7, 11, 12.5)),  # handed out, not durable
        (10, 10, 10, 12, Course(12, 10, 12.5)),  # it has come further since
        (10, 10, 10, 0, Course(0, 10, 12.5)),  # it has begun again since
        (None, 10, 10, 10, None),
    ],
)
def test_course(lso: int | None, position: int, handed_out: int, durable: int, course: Course | None) -> None:
    fetched = Standing(position=position, handed_out=handed_out)
    fetched.here.lso = lso
    fetched.look()
    assert fetched.course(lane(HERE, durable)) is None  # when that was asked for is not known
    fetched.here.timestamp = 13_000
    for _ in range(2):
        fetched.look()
    assert fetched.course(lane(HERE, durable)) == course
    assert fetched.course(lane(ELSEWHERE, durable)) is None


def test_where_a_partition_stands_that_is_sought_or_was_never_fetched_is_not_known() -> None:
    fetched = Standing()
    fetched.here.lso = 5
    fetched.look()
    fetched.here.timestamp = 13_000
    fetched.look()
    assert fetched.course(lane(HERE, 5)) is not None
    with fetched.sought({HERE: 5}):
        fetched.look()
    assert fetched.course(lane(HERE, 5)) is None
    fetched.look()
    assert fetched.course(lane(HERE, 5)) is not None
    fetched.knows.subscription = None
    fetched.look()
    assert fetched.course(lane(HERE, 5)) is None


def test_kafka_was_heard_of_when_it_last_answered_any_fetch() -> None:
    fetched = Standing()
    fetched.here.timestamp = None
    assert fetched.heard_at([HERE, ELSEWHERE]) is None
    fetched.here.timestamp = 12_500
    assert fetched.heard_at([ELSEWHERE, HERE]) == 12.5
    assert fetched.heard_at([]) is None
