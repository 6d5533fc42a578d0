"""What a role tells of itself: the clock, lag in seconds, the ledger, and never too many series."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.dead_letters import Code
from service import metrics
from service.faust_safe.work import TP
from service.role_app import RoleApp
from service.settings import Settings
from service.telemetry.observation import APPENDED, Observation
from tests.builders import order
from tests.service.test_census import crowd

HERE = TP("observed-log", 3)
MOST_SERIES = 600


def value(name: str, **labels: str) -> float | None:
    """Of one sample."""
    return metrics.REGISTRY.get_sample_value(name, labels)


class Lane:
    """As the lanes of a worker look."""

    rereads = 0
    progressed_at = 1.0

    def __init__(self, tp: TP, lag: int | None = 0, oldest: int | None = None) -> None:
        self.tp, self.lag, self.oldest, self.durable = tp, lag, oldest, 100


class App:
    """As much of a worker as is looked at."""

    reader = SimpleNamespace(course=SimpleNamespace(left=0))

    def __init__(self, *lanes: Lane) -> None:
        self.by_tp = {lane.tp: lane for lane in lanes}
        self.batch_topics = {lane.tp.topic for lane in lanes}
        self.lanes = SimpleNamespace(by_tp=self.by_tp, dealt_with=0)
        fetched = SimpleNamespace(lag=lambda lane: lane.lag)
        self.consumer = SimpleNamespace(fetched=fetched, owned=lambda: len(self.by_tp) + 1)


@pytest.mark.parametrize(
    ("ahead", "skew"),
    [(0.0, 0.0), (-0.15, 0.0), (3.0, -3.0), (-5.0, 4.8)],
    ids=["right", "within-the-write", "behind", "ahead"],
)
def test_the_clock_is_wrong_by_what_a_write_can_not_explain(ahead: float, skew: float) -> None:
    sent = time.time() - 0.2
    written = SimpleNamespace(timestamp=round((time.time() + ahead) * 1000), timestamp_type=APPENDED)
    Observation("intake").wrote(sent, written)
    assert value("tiering_clock_skew_seconds") == pytest.approx(skew, abs=0.1)


def test_a_producer_s_own_timestamp_says_nothing_of_clocks() -> None:
    metrics.CLOCK_SKEW.set(7)
    Observation("intake").wrote(time.time(), SimpleNamespace(timestamp=-1, timestamp_type=0))
    assert value("tiering_clock_skew_seconds") == 7


def test_lag_in_seconds_is_that_of_the_oldest_record() -> None:
    observation, now = Observation("customers"), time.time()
    lanes = Lane(HERE, 5, round((now - 40) * 1000)), Lane(TP("observed-log", 4), 1, round((now - 2) * 1000)), Lane(TP("quiet", 0))
    observation.look(App(*lanes))
    assert value("tiering_lag_seconds", topic="observed-log") == pytest.approx(40, abs=1)
    assert value("tiering_lag_seconds", topic="quiet") == 0
    assert value("tiering_lag_records", topic="observed-log", partition="3") == 5
    assert (value("tiering_partitions", state="assigned"), value("tiering_partitions", state="ready")) == (4, 3)


def test_what_was_not_fetched_waits_since_it_is_known_of(monkeypatch: pytest.MonkeyPatch) -> None:
    observation, lane, now = Observation("customers"), Lane(HERE, 5), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for moment, lag, waits in ((100.0, 5, 0), (107.0, 3, 7), (109.0, 0, 0), (200.0, 1, 0), (201.0, None, 0)):
        now[0], lane.lag = moment, lag
        observation.look(App(lane))
        assert value("tiering_lag_seconds", topic=HERE.topic) == waits


def test_a_busy_partition_s_lag_is_that_of_what_waits_now(monkeypatch: pytest.MonkeyPatch) -> None:
    observation, lane, now = Observation("customers"), Lane(HERE, 5), [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for second in range(60):  # something is always on its way, and all of it is dealt with within a second
        now[0], lane.durable = 100.0 + second, 100 + 30 * second
        observation.look(App(lane))
        assert value("tiering_lag_seconds", topic=HERE.topic) == 0
    for second in range(5):  # nothing is any more
        now[0], lane.lag = 160.0 + second, 30 * second + 5
        observation.look(App(lane))
        assert value("tiering_lag_seconds", topic=HERE.topic) == second + 1


def test_a_partition_that_was_left_is_shown_no_more() -> None:
    observation = Observation("customers")
    observation.look(App(Lane(HERE, 5)))
    observation.look(App())
    assert value("tiering_lag_records", topic=HERE.topic, partition="3") is None
    assert value("tiering_last_progress_timestamp_seconds", topic=HERE.topic, partition="3") is None


@pytest.mark.parametrize(
    ("outcomes", "imbalance"), [({"applied": 3, "repeated": 2}, 0), ({"applied": 3, "repeated": 1}, 1), ({"applied": 6}, -1)]
)
def test_the_ledger_is_zero_unless_something_was_miscounted(outcomes: dict[str, int], imbalance: int) -> None:
    observation, app = Observation("customers"), App()
    records: Sequence[Any] = [SimpleNamespace(timestamp=1)] * 5
    observation.batch("observed-log", outcomes, records)
    app.lanes.dealt_with = len(records)
    observation.look(app)
    assert value("tiering_ledger_imbalance_records") == imbalance


def test_each_record_of_a_batch_has_one_outcome() -> None:
    log = crowd(5)
    log.send(order(3, 10, id="new", customer="c-1"), order(3, 10, id="new", customer="c-1"), order(-300, 10, id="old"))
    taken = [step for step in log.steps if step.counts]
    assert [sum(step.counts.values()) for step in taken] == [len(batch) for batch in log.batches]
    assert taken[-1].counts == {"applied": 1, "repeated": 1, "dead-lettered": 1}
    assert "control" in taken[0].counts


def test_what_may_become_of_records_is_seen_before_the_first_of_them() -> None:
    Observation("intake").expects(["expected"], ["forwarded", "dead-lettered"])
    assert value("tiering_records_total", role="intake", topic="expected", outcome="dead-lettered") == 0
    assert {value("tiering_dead_letters_total", topic="expected", code=str(code)) for code in Code} == {0}
    Observation("read-model").expects(["kept"], ["applied"])
    assert value("tiering_records_total", role="read-model", topic="kept", outcome="applied") == 0
    assert value("tiering_dead_letters_total", topic="kept", code="too-late") is None


def test_what_a_former_owner_left_unfinished_is_told_with_its_moment() -> None:
    RoleApp(Settings(topic_prefix="left-"), "customers").takes_over({3: "Ongoing", 4: "CompleteCommit"})
    found = value("tiering_transaction_abort_timestamp_seconds", topic="left-customer-activity", partition="3")
    assert found == pytest.approx(time.time(), abs=60)
    assert value("tiering_transaction_abort_timestamp_seconds", topic="left-customer-activity", partition="4") is None


FULL = """
import json, sys
from types import SimpleNamespace
from schemas import topics
from schemas.dead_letters import Code
from service import metrics
from service.domain.policy_file import parse_policy
from service.faust_safe.work import TP
from service.telemetry.observation import Observation
from tests.service.test_observation import App, Lane

role, read, outcomes, codes = json.loads(sys.argv[1])
metrics.show_only(role)
observation = Observation(role)
records = [SimpleNamespace(timestamp=1)]
for topic in read:
    observation.batch(topic, dict.fromkeys(outcomes, 1), records, codes)
observation.look(App(*(Lane(TP(topic, number), 5, 1) for topic in read for number in range(64))))
if role == "customers":
    for number in range(64):
        metrics.TRANSACTION_ABORTED.labels("customer-activity", str(number)).set(1)
    from service.telemetry.change_counts import count_changes
    from service.telemetry.partition_gauges import PartitionGauges
    from tests.service.test_census import crowd
    from service.telemetry.census import Census
    from tests.service.noted_logs import WHOLE
    log = crowd(1, WHOLE)
    for step in log.steps:
        observation.transaction("records", 0.1, step.said)
    for work in ("reviews", "profiles"):
        observation.transaction(work, 0.1, [])
    partitions = {0: log.partition}
    PartitionGauges(partitions).look()
    census = Census(partitions, lambda: False)
    while not metrics.REGISTRY.get_sample_value("tiering_customers", {"scheme": "membership", "tier": "silver"}):
        census.bite()
if role == "read-model":
    metrics.REDIS_UP.labels(role).set(1)
print(sum(len(family.samples) for family in metrics.REGISTRY.collect()))
"""
ROLES = [
    ("intake", ["orders", "app-interactions", "feedback"], ["forwarded", "dead-lettered", "anonymous"]),
    ("customers", ["customer-activity"], ["applied", "repeated", "dead-lettered", "control", "ignored"]),
    ("read-model", ["customer-profiles"], ["applied"]),
]


@pytest.mark.parametrize("role", ROLES, ids=[name for name, *_ in ROLES])
def test_a_worker_with_64_partitions_of_each_topic_has_at_most_600_series(role: Any) -> None:
    codes = [str(code) for code in Code]
    counted = subprocess.run(
        [sys.executable, "-c", FULL, json.dumps([*role, codes])], capture_output=True, text=True, check=True, timeout=300
    )
    assert 150 < int(counted.stdout) <= MOST_SERIES
