"""What a role does with the partitions it is given, and what it is given them by."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class TP(NamedTuple):
    """A partition of a topic; equal to Faust's and aiokafka's."""

    topic: str
    partition: int


class Delivery(NamedTuple):
    """The records that one fetch brought for one partition."""

    follows: int | None
    """The offset they follow on; None: not known."""
    records: Sequence[Any]
    seeks: int = 0
    """How often the partition had been sought before."""


class Course(NamedTuple):
    """How far a partition has been dealt with, and how far its log went when it was last looked at."""

    at: int
    """The offset after what is dealt with."""
    end: int
    """The offset after what could be read then."""
    seen: float
    """When that was, in seconds since 1970."""


class Work(Protocol):
    """What a role does with the partitions it is given."""

    dense: bool
    """The topics have no holes in their offsets (nobody writes them in transactions): a hole is an error."""
    deadline: float | None
    """Seconds within which `process` and `spare` must end. None: they may wait; leaving the partition cancels them."""
    pause: float
    """Seconds to the next `spare` when there is nothing to do."""

    async def start(self, tp: TP) -> int | None:
        """The offset to begin with; None: where the lane is, else the committed one, else the first. Raises Refusal."""

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Take the next records; durable on return."""

    async def spare(self, tp: TP) -> bool:
        """Called when no batch waits, and at least every second. True: there is more to do at once."""

    async def drain(self, tp: TP) -> None:
        """The partition is about to be left (not called where `deadline` is None)."""


class Host(Protocol):
    """What lanes need of the app."""

    def forget(self, message: Any) -> None: ...
    async def reread(self, tp: TP, offset: int) -> None: ...
    def die(self, reason: BaseException | str) -> None: ...


class StartAgain(Exception):
    """Raised by a work whose own position has changed under it: `start` is asked again, and reading goes on from there."""


class Hole(Exception):
    """Records are missing in a log that can have no holes."""
