"""What a partition takes and what it causes: records in, effects out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from schemas.dead_letters import Code


class Record(Protocol):
    """A record of the log, as aiokafka delivers it; `timestamp` in milliseconds."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was refused, and why."""

    record: Record
    code: Code
    message: str


@dataclass(slots=True)
class Effects:
    """What a step causes: all of it becomes durable together, or none."""

    rows: dict[bytes, bytes] = field(default_factory=dict)
    announcements: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    """(topic, key, value)"""
    profiles: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How many records were applied, repeated, dead-lettered or control."""

    def __bool__(self) -> bool:
        return bool(self.rows)

    def count(self, outcome: str) -> None:
        """One more record with this outcome."""
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def refuse(self, record: Record, code: Code, message: str) -> None:
        """A record becomes a dead letter."""
        self.dead_letters.append(DeadLetter(record, code, message))
        self.count("dead-lettered")
