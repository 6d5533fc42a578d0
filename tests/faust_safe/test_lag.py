"""The lag of a lane and how far it has come, with control markers at the end of the log and batches under way."""

from types import SimpleNamespace
from typing import Any

import pytest

from service.faust_safe.consumer import BatchThread
from service.faust_safe.work import TP, Course

HERE = TP("log", 0)


def thread(*, highwater: int | None, position: int, handed_out: int) -> Any:
    """A thread that has fetched up to `position`."""
    state = SimpleNamespace(highwater=highwater, position=position, has_valid_position=True)
    assignment = SimpleNamespace(state_value=lambda tp: state if tp == HERE else None)
    consumer = SimpleNamespace(_subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)))
    return SimpleNamespace(_ensure_consumer=lambda: consumer, _handed_out={HERE: handed_out})


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
    fetched = thread(highwater=highwater, position=position, handed_out=handed_out)
    lane: Any = SimpleNamespace(tp=HERE, durable=durable)
    assert BatchThread.lag(fetched, lane) == lag


def test_a_partition_that_was_left_has_no_lag() -> None:
    lane: Any = SimpleNamespace(tp=TP("log", 1), durable=0)
    assert BatchThread.lag(thread(highwater=5, position=5, handed_out=5), lane) is None


def looked(*, lso: int | None, position: int, handed_out: int, sought: bool = False, timestamp: int | None = 12_500) -> Any:
    """A thread that has fetched up to `position`, and has looked how far the log goes."""
    state = SimpleNamespace(lso=lso, position=position, has_valid_position=True, timestamp=timestamp)
    assignment = SimpleNamespace(state_value=lambda _: state, tps=[HERE])
    consumer = SimpleNamespace(_subscription=SimpleNamespace(subscription=SimpleNamespace(assignment=assignment)))
    fetched = SimpleNamespace(
        _ensure_consumer=lambda: consumer, _handed_out={HERE: handed_out}, _sought={HERE} if sought else set(), _looked={}
    )
    fetched._courses = lambda assignment: BatchThread._courses(fetched, assignment)  # type: ignore[arg-type]
    BatchThread.look(fetched)  # type: ignore[arg-type]
    return fetched


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
    lane: Any = SimpleNamespace(tp=HERE, durable=durable)
    assert BatchThread.course(looked(lso=lso, position=position, handed_out=handed_out), lane) == course


def test_where_a_partition_stands_that_is_sought_or_was_never_fetched_is_not_known() -> None:
    lane: Any = SimpleNamespace(tp=HERE, durable=0)
    assert BatchThread.course(looked(lso=10, position=10, handed_out=0, sought=True), lane) is None
    assert BatchThread.course(looked(lso=10, position=10, handed_out=0, timestamp=None), lane) is None


def test_kafka_was_heard_of_when_it_last_answered_any_fetch() -> None:
    fetched = thread(highwater=5, position=5, handed_out=5)
    state = fetched._ensure_consumer()._subscription.subscription.assignment.state_value(HERE)
    state.timestamp = None
    assert BatchThread.heard_at(fetched, [HERE, TP("log", 1)]) is None
    state.timestamp = 12_500
    assert BatchThread.heard_at(fetched, [TP("log", 1), HERE]) == 12.5
    assert BatchThread.heard_at(fetched, []) is None
