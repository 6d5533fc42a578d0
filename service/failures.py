"""Who has failed in a step of a partition; the step is taken again without what they failed at."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.policy_history import LogMismatch
from service.quarantine import CustomerFailed
from service.rows import FutureRow

MOST_WORDS = 500


class Failures:
    """Customers by key, each with his failure: from a record on, or (a review, a row) in the step as a whole."""

    def __init__(self) -> None:
        self._by_key: dict[bytes, CustomerFailed] = {}
        self.suspects: set[bytes] = set()
        """Whose rows could not be written at the end of the step: to be looked at after each of their records."""

    def __bool__(self) -> bool:
        return bool(self._by_key or self.suspects)

    def __len__(self) -> int:
        return len(self._by_key)

    def note(self, failure: CustomerFailed) -> None:
        """One more, before the step is taken again."""
        if failure.offset is None and failure.key not in self.suspects:
            self.suspects.add(failure.key)
        else:
            self._by_key[failure.key] = failure

    def of(self, key: bytes, offset: int | None = None) -> CustomerFailed | None:
        """Whether a customer has failed at this record or before; without an offset: in this step."""
        failure = self._by_key.get(key)
        if failure is None or offset is None or failure.offset is None or offset >= failure.offset:
            return failure
        return None

    def clear(self) -> None:
        """The step is done."""
        self._by_key.clear()
        self.suspects.clear()


@contextmanager
def failing(key: bytes, offset: int | None = None) -> Iterator[None]:
    """What goes wrong with a customer stops nobody else; what is wrong with the log or this version stops all."""
    try:
        yield
    except (LogMismatch, FutureRow, MemoryError, CustomerFailed):
        raise
    except Exception as error:
        raise CustomerFailed(key, offset, described(error)) from error


def described(error: Exception) -> str:
    """What went wrong and where, in a line."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{error!r} at {places[-1]}"[:MOST_WORDS]
