"""How far the reviews of the present day are, as it is seen from outside about once a second."""

from collections.abc import Mapping
from typing import Protocol


class Reviewed(Protocol):
    """A partition: the day that its clock has reached, and how many customers are due."""

    @property
    def day(self) -> int: ...
    @property
    def due(self) -> int: ...


class Sweep:
    """Of the partitions of one process."""

    def __init__(self) -> None:
        self._most: dict[int, tuple[int, int]] = {}
        """By partition: the day, and how many were due on it at most."""

    def progress(self, partitions: Mapping[int, Reviewed]) -> float:
        """Of the customers that were due when the day began the part that is reviewed; 1: all, or nobody was due."""
        due = {number: partition.due for number, partition in partitions.items()}
        self._most = {number: self._at_most(number, partitions[number].day, left) for number, left in due.items()}
        most = sum(count for _, count in self._most.values())
        return 1 - sum(due.values()) / most if most else 1.0

    def _at_most(self, number: int, day: int, due: int) -> tuple[int, int]:
        known, most = self._most.get(number, (day, 0))
        return day, max(due, most) if known == day else due
