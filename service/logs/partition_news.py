"""What is logged of the log's partitions: which policy is in force, who went into quarantine and who came out."""

from collections.abc import Sequence

from service.faust_safe.work import TP
from service.logs import log_events
from service.partition import Partition
from service.quarantine import Quarantined, unquoted


class PartitionNews:
    """One a process: remembers what it has said of each partition."""

    def __init__(self) -> None:
        self._policies: dict[int, str] = {}
        self._quarantined: dict[int, int] = {}

    def begin(self, tp: TP, partition: Partition) -> None:
        """A partition was taken; where several are under one policy the first stands for all."""
        self._quarantined[tp.partition] = partition.quarantined
        if partition.policies and (label := partition.policies.current.label) in self._policies.values():
            self._policies[tp.partition] = label
        self._say_policy(tp, partition)

    def tell(self, tp: TP, partition: Partition, quarantined: Sequence[Quarantined]) -> None:
        """A step is durable; `quarantined`: by it."""
        self._say_policy(tp, partition)
        for each in quarantined:
            place = f"{tp.topic}-{tp.partition}" + (f"@{each.offset}" if each.offset >= 0 else "")
            log_events.QUARANTINED(place=place, reason=unquoted(each.reason))
        released = self._quarantined.get(tp.partition, 0) + len(quarantined) - partition.quarantined
        if released > 0:
            log_events.QUARANTINE_ENDED(partition=tp.partition, customers=released)
        self._quarantined[tp.partition] = partition.quarantined

    def _say_policy(self, tp: TP, partition: Partition) -> None:
        if partition.policies and (label := partition.policies.current.label) != self._policies.get(tp.partition):
            self._policies[tp.partition] = label
            log_events.POLICY_IN_FORCE(partition=tp.partition, policy=label)
