"""How far each role is behind, from what its group has committed."""

from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from schemas import topics
from service.faust_safe.reader import Reader
from service.settings import Settings

READS = {"intake": topics.INBOUND, "customers": (topics.CUSTOMER_ACTIVITY,)}


class Lag(NamedTuple):
    """Records that wait for a role, and records that it has taken."""

    waiting: int
    taken: int


class Lags:
    """Asks Kafka; open between `start` and `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._admin = settings.cluster.admin()
        self._consumer = settings.cluster.consumer()
        self._counts: dict[str, int] = {}

    async def start(self) -> None:
        """Connect; the topics have to be there."""
        await self._admin.start()
        await self._consumer.start()
        self._counts = await Reader(self.settings.cluster).partition_counts()

    async def stop(self) -> None:
        """Close the connections."""
        await self._consumer.stop()
        await self._admin.close()

    async def of(self, role: str) -> Lag | None:
        """A role's lag; None while its group is not known yet."""
        try:
            offsets = await self._admin.list_consumer_group_offsets(self.settings.group(role))
        except KafkaError as error:
            if error.retriable:  # a group's coordinator takes its time to be there
                return None
            raise
        names = map(self.settings.topic, READS[role])
        tps = [TopicPartition(name, partition) for name in names for partition in range(self._counts[name])]
        ends = await self._consumer.end_offsets(tps)
        taken = {tp: offsets[tp].offset if tp in offsets else 0 for tp in tps}
        return Lag(sum(ends[tp] - taken[tp] for tp in tps), sum(taken.values()))
