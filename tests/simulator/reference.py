"""What a log should lead to: one partition, fed record by record, all that is due reviewed after each, nothing ever failing."""

from collections import defaultdict
from typing import Literal

from schemas.dead_letters import Code
from service.effects import Effects
from service.partition import Partition
from tests.simulator.kafka import Record


class Reference:
    """The partition at the end, and all effects by kind."""

    def __init__(self, number: int, mode: Literal["events", "wall"], records: list[Record]) -> None:
        self.partition = Partition(number, {}, mode=mode)
        self.announcements: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
        """By topic and customer."""
        self.dead_letters: list[tuple[int, Code]] = []
        for record in records:
            self._happened(self.partition.apply([record]))
            while self.partition.due:
                self._happened(self.partition.catch_up(100))
        self.partition.publish_profiles()

    def _happened(self, effects: Effects) -> None:
        for topic, key, value in effects.announcements:
            self.announcements[topic, key].append(value)
        self.dead_letters += [(letter.record.offset, letter.code) for letter in effects.dead_letters]
