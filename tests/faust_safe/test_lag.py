"""The lag of a lane, with control markers at the end of the log and batches under way."""

from types import SimpleNamespace
from typing import Any

import pytest

from service.faust_safe.consumer import BatchThread
from service.faust_safe.work import TP

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


def test_kafka_was_heard_of_when_it_last_answered_any_fetch() -> None:
    fetched = thread(highwater=5, position=5, handed_out=5)
    state = fetched._ensure_consumer()._subscription.subscription.assignment.state_value(HERE)
    state.timestamp = None
    assert BatchThread.heard_at(fetched, [HERE, TP("log", 1)]) is None
    state.timestamp = 12_500
    assert BatchThread.heard_at(fetched, [TP("log", 1), HERE]) == 12.5
    assert BatchThread.heard_at(fetched, []) is None
