"""What Kafka and Redis do by themselves: transactions end that were open for too long, logs are compacted, things are lost."""

from collections.abc import Iterator

from schemas import topics
from service.faust_safe.work import TP
from tests.simulator.kafka import Kafka
from tests.simulator.redis import Store
from tests.simulator.step import Possible, Step, at


class Broker:
    """`log`: the partitions of the log, and so of all topics that lie like it."""

    def __init__(self, kafka: Kafka, store: Store, log: list[TP]) -> None:
        self.kafka, self.store, self.log = kafka, store, log

    def possible(self) -> Iterator[Possible]:
        """What may happen next."""
        yield 1, Step("empty Redis")
        yield 0.2, Step("lose offsets")
        for tp in self.log:
            if self.kafka.has_open(tp.partition):
                yield 1, Step("end a transaction", tp=tp)
            for topic in (topics.CHANGELOG, topics.CUSTOMER_PROFILES):
                yield 0.2, Step("compact", tp=TP(topic, tp.partition))

    def empty_redis(self, step: Step) -> str:
        """All profiles and positions are gone."""
        self.store.empty()
        return "Redis is emptied"

    def lose_offsets(self, step: Step) -> str:
        """As they are when they have expired, or when aiokafka does not see them after a broker's restart."""
        self.kafka.committed.clear()
        return "the groups' committed offsets are lost"

    def end_a_transaction(self, step: Step) -> str:
        """It was open for too long: it is aborted, and its producer can do nothing any more."""
        assert step.tp
        self.kafka.end_open(step.tp.partition)
        return f"Kafka aborts the open transaction of {at(step.tp)}"

    def compact(self, step: Step) -> str:
        """Only the newest record of each key stays."""
        assert step.tp
        return f"Kafka compacts {at(step.tp)}: {self.kafka.compact(step.tp)} records go"
