"""What is shown of partitions: reviews that are due, how far they are, and the policy in force."""

from dataclasses import dataclass

from service import metrics
from service.domain.policy_file import parse_policy
from service.replay import LogRecord, activation_record
from service.telemetry.partition_gauges import PartitionGauges
from service.telemetry.sweep import Sweep
from tests.builders import order
from tests.service.noted_logs import BROADER, PLAIN, STAGED, WHOLE
from tests.service.noting import Log


@dataclass
class Reviewed:
    """As a partition says it."""

    day: int
    due: int


def test_a_sweep_begins_anew_each_day_and_goes_to_one() -> None:
    sweep, partitions = Sweep(), {0: Reviewed(7, 0), 1: Reviewed(7, 0)}
    assert sweep.progress(partitions) == 1
    partitions[0] = Reviewed(8, 100)
    assert sweep.progress(partitions) == 0
    partitions[0].due = 25
    assert sweep.progress(partitions) == 0.75
    partitions[1] = Reviewed(8, 100)
    assert sweep.progress(partitions) == 1 - 125 / 200
    partitions[0].due = 0
    del partitions[1]
    assert sweep.progress(partitions) == 1
    partitions[0] = Reviewed(9, 50)
    assert sweep.progress(partitions) == 0


def test_what_may_be_announced_is_seen_before_the_first_of_it() -> None:
    log = Log()
    log.activate(WHOLE.replace("membership", "seen-first"))
    PartitionGauges({0: log.partition}).look()
    value = metrics.REGISTRY.get_sample_value
    for direction in ("enrolled", "up", "down"):
        assert value("tiering_tier_changes_total", {"scheme": "seen-first", "direction": direction}) == 0
    assert value("tiering_stage_changes_total", {"to": "won-back"}) is not None
    assert value("tiering_risk_changes_total", {"to": "none"}) is not None
    assert value("tiering_announcements_total", {"topic": "churn-risk"}) is not None


def test_due_and_overdue() -> None:
    log = Log()
    log.activate(STAGED)
    for number in range(9):
        log.send(order(1, 100, id=str(number), customer=f"c-{number}"))
    gauges = PartitionGauges({0: log.partition})

    log.tick(400)
    gauges.look()
    assert metrics.REVIEWS_DUE._value.get() == metrics.REVIEWS_OVERDUE._value.get() == 9
    assert metrics.SWEEP_PROGRESS._value.get() == 0
    assert metrics.ROWS._value.get() == 9

    log.partition.catch_up(1_000)
    gauges.look()
    assert (metrics.REVIEWS_DUE._value.get(), metrics.REVIEWS_OVERDUE._value.get()) == (0, 0)
    assert metrics.SWEEP_PROGRESS._value.get() == 1


def test_profiles_that_wait() -> None:
    log = Log()
    log.activate(PLAIN)
    for number in range(2):
        for customer in "abc":
            log.send(order(1, 100, id=f"{number}{customer}", customer=customer))
    gauges = PartitionGauges({0: log.partition})

    gauges.look()
    assert metrics.PROFILES_DUE._value.get() == 3

    log.partition.publish_profiles(2)
    gauges.look()
    assert metrics.PROFILES_DUE._value.get() == 1


def test_of_policies_those_in_force_are_shown() -> None:
    metrics.POLICY.clear()
    first, second = Log(), Log()
    gauges = PartitionGauges({0: first.partition, 1: second.partition})
    gauges.look()
    assert policies() == {}

    first.activate(PLAIN)
    second.activate(PLAIN)
    gauges.look()
    assert policies() == {"test@1": 2}

    first.take(LogRecord(first.next, None, activation_record(parse_policy(BROADER), "log")))
    gauges.look()
    assert policies() == {"test@1": 1, "test@2": 1}

    second.take(LogRecord(second.next, None, activation_record(parse_policy(BROADER), "log")))
    gauges.look()
    assert policies() == {"test@2": 2}


def policies() -> dict[str, float]:
    """Partitions by policy."""
    [family] = metrics.POLICY.collect()
    return {each.labels["policy"]: each.value for each in family.samples}
