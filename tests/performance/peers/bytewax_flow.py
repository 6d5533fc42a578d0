"""Bytewax: a keyed stateful step between a Kafka input and a Kafka output.

It has no changelog: states and positions go to a local SQLite at the end of each epoch (10 s). It is spared what the others
write to Kafka.
"""

from datetime import timedelta

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kafka
from bytewax.dataflow import Dataflow
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from schemas.inbound import OrderPaid
from tests.performance.peers.kernel import Refused, TierChange, apply, decode, encode, new_state, totals
from tests.performance.peers.task import Course, Task

BATCH = 1_000
EPOCH = timedelta(seconds=10)


class Tiers:
    """The steps, and what is counted for the answer."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.states: list[bytearray] = []
        """Those that Bytewax holds, for the answer."""
        self.changes = 0

    def order(self, record: KafkaSourceMessage) -> tuple[str, OrderPaid] | None:
        """A record in, an order by its customer out."""
        self.course.passed()
        try:
            order = decode(record.value)
        except Refused:
            return None
        return order.subject or "", order

    def take(self, state: bytearray | None, order: OrderPaid) -> tuple[bytearray, TierChange | None]:
        """An order in; the new state and a change of tier, or None, out."""
        if state is None:
            state = new_state(order)
            self.states.append(state)
        return state, apply(state, order)

    def message(self, changed: tuple[str, TierChange | None]) -> KafkaSinkMessage | None:
        """What goes out."""
        customer, change = changed
        if not change or not change.event_id:  # repeated events change nothing
            return None
        self.changes += 1
        return KafkaSinkMessage(customer.encode(), encode(change))


def main() -> None:
    """As the environment says."""
    task = Task.given()
    tiers, flow = Tiers(Course(task.events)), Dataflow("tiers")
    log = kafka.input("log", flow, brokers=[task.kafka], topics=[task.log], tail=False, batch_size=BATCH)
    orders = op.filter_map("order", log.oks, tiers.order)
    changes = op.filter_map("message", op.stateful_map("tier", orders, tiers.take), tiers.message)
    kafka.output("changes", changes, brokers=[task.kafka], topic=task.changes)
    init_db_dir(task.directory, 1)
    cli_main(flow, workers_per_process=1, epoch_interval=EPOCH, recovery_config=RecoveryConfig(task.directory, timedelta(0)))
    tiers.course.done()
    tiers.course.answer(len(tiers.states), *totals(tiers.states), tiers.changes)


if __name__ == "__main__":
    main()
