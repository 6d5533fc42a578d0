"""What a worker says that it waits for."""

import logging
import time
from typing import Any

import pytest

from service.faust_safe.reader import Course
from service.role_app import RoleApp
from service.settings import Settings


class Work:
    """What it would do."""

    deadline = None


@pytest.fixture
def app() -> RoleApp:
    """A worker that was never started."""
    app = RoleApp(Settings(), "read-model")
    work: Any = Work()
    app.take(["customer-profiles"], work)
    return app


class Consumer:
    """As much of it as tells when Kafka answered."""

    def __init__(self, heard: float | None) -> None:
        self.heard = heard

    def heard_at(self) -> float | None:
        """What a test says."""
        return self.heard


def waits_for(app: RoleApp, heard: float | None = None) -> str | None:
    """As the probes have it."""
    app.consumer = Consumer(heard)
    return app.state().waits_for


def test_first_for_partitions_then_for_rows_with_numbers(app: RoleApp) -> None:
    assert waits_for(app) == "partitions from its consumer group"
    app.waits_for = "the rows of 4 partitions"
    assert waits_for(app) == "the rows of 4 partitions"
    app.reader.course = Course(880_000, 1_000_000)
    assert waits_for(app) == "the rows of 4 partitions: 120,000 of 1,000,000 changelog records are read"
    assert not app.is_ready()


def test_then_for_nothing_unless_kafka_is_silent(app: RoleApp) -> None:
    app.waits_for = None
    assert waits_for(app) is None
    assert waits_for(app, time.time() - 20) is None
    assert app.is_ready()
    assert waits_for(app, time.time() - 45) == "an answer of Kafka, for 45 s"


def test_a_silent_kafka_is_logged_once_and_so_is_its_answer(app: RoleApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "service")
    for waits_for, silent in ((None, 20), (None, 31), (None, 60), ("partitions", 0), (None, 61), (None, 0), (None, 1)):
        app.waits_for, consumer = waits_for, Consumer(time.time() - silent)
        app.consumer = consumer
        app.tell_of_kafka()
    assert [record.event for record in caplog.records] == ["kafka-away", "kafka-back"]  # type: ignore[attr-defined]
    assert "31 s" in caplog.messages[0]


def test_it_is_not_ready_from_the_moment_it_is_told_to_end(app: RoleApp) -> None:
    app.waits_for, app.stopping = None, True
    assert waits_for(app) == "its end"


def test_it_has_worked_once_it_was_ready(app: RoleApp) -> None:
    waits_for(app)
    assert not app.state().has_worked
    app.waits_for = None
    waits_for(app)
    app.waits_for = "partitions from its consumer group"
    assert app.state().has_worked
    assert app.state().may_wait
