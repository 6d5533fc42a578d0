"""Quix Streams as fast as we could make it: bytes in and out, a typed decode, the state as one value of bytes.

States lie in its RocksDB and in its changelog topic; both are flushed and the offsets committed at its checkpoints (every 5 s,
and when it ends). It has one process and one thread.
"""

from quixstreams import Application
from quixstreams.state import State

from tests.performance.peers.kernel import REPEATED, Refused, apply, decode, encode, new_state, totals
from tests.performance.peers.task import Course, Task


class Tiers:
    """The work of one event, and what is counted for the answer."""

    def __init__(self, app: Application, course: Course) -> None:
        self.app, self.course = app, course
        self.customers = self.spend = self.applied = self.changes = 0

    def take(self, value: bytes, store: State) -> bytes | None:
        """An order in, a tier change or None out."""
        if self.course.passed():
            self.app.stop()
        try:
            order = decode(value)
        except Refused:
            return None
        before = store.get_bytes("state")
        if before is None:
            self.customers += 1
        state = bytearray(before) if before else new_state(order)
        if (change := apply(state, order)) is REPEATED:
            return None
        self._count(before, state)
        store.set_bytes("state", bytes(state))
        if change is None:
            return None
        self.changes += 1
        return encode(change)

    def _count(self, before: bytes | None, after: bytearray) -> None:
        (spend_before, _), (spend, _) = totals([before] if before else []), totals([after])
        self.spend += spend - spend_before
        self.applied += 1


def main() -> None:
    """As the environment says."""
    task = Task.given()
    app = Application(
        broker_address=task.kafka,
        consumer_group=task.run,
        auto_offset_reset="earliest",
        state_dir=str(task.directory),
        loglevel="WARNING",
    )
    tiers = Tiers(app, Course(task.events))
    orders = app.topic(task.log, value_deserializer="bytes", key_deserializer="bytes")
    out = app.topic(task.changes, value_serializer="bytes", key_serializer="bytes")
    frame = app.dataframe(orders).apply(tiers.take, stateful=True)
    frame.filter(lambda change: change is not None).to_topic(out)
    app.run()  # ends with a checkpoint
    tiers.course.done()
    tiers.course.answer(tiers.customers, tiers.spend, tiers.applied, tiers.changes)


if __name__ == "__main__":
    main()
