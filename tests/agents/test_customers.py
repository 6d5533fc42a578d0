"""When profiles go out: at their time, but while the process is far behind a bite at a time, of each partition in turn."""

from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agents.customers import FAR_BEHIND
from schemas import codec, topics
from service.domain.policy_file import parse_policy
from service.faust_safe.sending import Outgoing
from service.faust_safe.work import TP
from service.replay import activation_record
from service.settings import Settings
from tests import builders
from tests.compiled.pure import inside_is_changed
from tests.simulator.clock import CLOCK, simulated
from tests.simulator.kafka import Kafka
from tests.simulator.roles import CustomersWorker

POLICY = parse_policy(builders.FRAME + builders.LADDER)
LOG = [TP(topics.CUSTOMER_ACTIVITY, number) for number in range(2)]
BITE, CUSTOMERS = 3, 5
pytestmark = inside_is_changed


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """Something carried through to its end."""
    try:
        while True:
            work.send(None)
    except StopIteration as end:
        return end.value


def orders(worker: CustomersWorker, day: int) -> None:
    """Every customer's order of a day comes in."""
    for customer in [f"c-{number}" for number in range(CUSTOMERS)]:
        order = codec.decode_event(builders.order(day, 1, id=f"{day}-{customer}", customer=customer))
        worker.kafka.append([Outgoing(*LOG[0], customer.encode(), codec.encode_activity(order))])
    done(worker.work.process(LOG[0], worker.kafka.read(LOG[0], worker.work.partitions[0].next)))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[CustomersWorker]:
    """Has two partitions; the profiles of the first one's customers wait, for each one's second order changed no name."""
    kafka = Kafka(builders.FIRST.timestamp())
    for tp in LOG:
        kafka.append([Outgoing(*tp, None, activation_record(POLICY, log_id="test"))])
    monkeypatch.setattr("agents.customers.BITE_SECONDS", 60.0)
    with simulated(None, BITE):
        worker = CustomersWorker("worker", kafka, replace(Settings(partitions=2, time="events"), profile_seconds=1.0), POLICY)
        done(worker.take(set(LOG)))
        done(worker.work.process(LOG[0], kafka.read(LOG[0])))
        for day in range(2):
            orders(worker, day)
        assert worker.work.partitions[0].pending_profiles == CUSTOMERS
        yield worker


def left_after(worker: CustomersWorker, seconds: float) -> tuple[bool, int]:
    """Some time later what there is to do is done: whether there is more to do at once, and how many profiles wait."""
    CLOCK.monotonic += seconds
    return done(worker.work.spare(LOG[0])), worker.work.partitions[0].pending_profiles


def test_profiles_whose_time_has_come_go_out_until_none_waits(worker: CustomersWorker) -> None:
    assert left_after(worker, 0.5) == (False, CUSTOMERS)
    assert left_after(worker, 0.6) == (True, CUSTOMERS - BITE)
    assert left_after(worker, 0.0) == (False, 0)


def test_while_the_process_is_far_behind_one_bite_at_a_time_goes_out_of_all(worker: CustomersWorker) -> None:
    worker.work.app.waiting = lambda tp: FAR_BEHIND + 1

    assert left_after(worker, 1.1) == (False, CUSTOMERS)  # the other partition's turn
    assert left_after(worker, 1.0) == (False, CUSTOMERS - BITE)
    assert left_after(worker, 0.0) == (False, CUSTOMERS - BITE)
    assert left_after(worker, 1.1) == (False, CUSTOMERS - BITE)
    assert left_after(worker, 1.0) == (False, 0)


def test_a_partition_that_is_far_behind_holds_up_no_other(worker: CustomersWorker) -> None:
    worker.work.app.waiting = lambda tp: FAR_BEHIND + 1 if tp == LOG[1] else 0

    assert left_after(worker, 1.1) == (True, CUSTOMERS - BITE)
    assert left_after(worker, 0.0) == (False, 0)


def test_who_changes_in_a_round_waits_for_the_next(worker: CustomersWorker) -> None:
    assert left_after(worker, 1.1) == (True, CUSTOMERS - BITE)
    orders(worker, 2)
    assert left_after(worker, 0.4) == (False, BITE)  # the others go out with both orders
    assert left_after(worker, 0.5) == (False, BITE)
    assert left_after(worker, 0.2) == (False, 0)  # a second after the round before began
