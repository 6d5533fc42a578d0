"""What every row, announcement and dead letter must be, found from the log record by record, without Kafka."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from service.partition import Partition
from service.replay import LogRecord

Said = dict[str, dict[bytes, list[bytes]]]
"""Announcements by topic and customer, in their order."""
FAR = 400
"""Days."""


class Recount:
    """The partitions of a log, each read by a fresh partition object: a record, then all reviews that it makes due."""

    def __init__(self, log: Iterable[Any], mode: Literal["events", "wall"]) -> None:
        self.said: Said = defaultdict(lambda: defaultdict(list))
        self.letters: dict[tuple[int, int], str] = {}
        """The code of each dead letter, by partition and offset."""
        self.partitions: dict[int, Partition] = {}
        for record in log:
            partition = self.partitions.get(record.partition)
            if partition is None:
                partition = self.partitions[record.partition] = Partition(record.partition, {}, mode=mode)
            self._take(partition, record)

    def _take(self, partition: Partition, record: Any) -> None:
        effects = partition.apply([LogRecord(record.offset, record.key, record.value, record.timestamp)])
        for letter in effects.dead_letters:
            self.letters[partition.number, letter.record.offset] = letter.code
        said = effects.announcements + reviewed(partition)
        partition.publish_profiles()
        for topic, key, value in said:
            self.said[topic][key].append(value)


def reviewed(partition: Partition) -> list[tuple[str, bytes, bytes]]:
    """Make all reviews that are due; what they say."""
    said: list[tuple[str, bytes, bytes]] = []
    while partition.due:
        said += partition.catch_up(500).announcements
    return said


def rebuilt(number: int, rows: Mapping[bytes, bytes], mode: Literal["events", "wall"]) -> Partition:
    """A partition taken over with its rows, as a worker does."""
    return Partition(number, dict(rows), mode=mode)


def to_come(partition: Partition) -> dict[bytes, list[bytes]]:
    """What will be said in a year if nothing happens, by customer: it shows all that a profile does not."""
    copy = rebuilt(partition.number, partition.stored, partition.mode)
    copy.advance_to(copy.clock.day + FAR)
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for _, key, value in reviewed(copy):
        found[key].append(value)
    return found
