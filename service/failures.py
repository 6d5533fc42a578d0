"""Who has failed in a step of a partition; the step is taken again without what they failed at."""

import traceback
from pathlib import Path
from types import TracebackType

from service.log_mismatch import LogMismatch
from service.quarantine import CustomerFailed
from service.rows.customer_row import FutureRow

MOST_WORDS = 500
_STOPS_ALL = (LogMismatch, FutureRow, MemoryError, CustomerFailed)


class Failures:
    """Customers with their failures: at a record each (several, when he was released between), or in the step as a whole."""

    def __init__(self) -> None:
        self._found: dict[tuple[bytes, int | None], CustomerFailed] = {}
        self.suspects: set[bytes] = set()
        """Whose rows could not be written at the end of the step: to be looked at after each of their records."""
        self.stuck: set[bytes] = set()
        """Who can't be reviewed either."""

    def __bool__(self) -> bool:
        return bool(self._found or self.suspects)

    def note(self, failure: CustomerFailed) -> None:
        """One more, before the step is taken again."""
        if failure.offset is None and failure.key not in self.suspects:
            self.suspects.add(failure.key)
        else:
            self._found[failure.key, failure.offset] = failure

    def note_at_once(self, failure: CustomerFailed) -> None:
        """One more in a step without records, where there is nothing to look for him at."""
        self._found[failure.key, None] = failure

    def customers(self) -> list[bytes]:
        """Who has failed."""
        return [key for key, _ in self._found]

    def of(self, key: bytes, offset: int | None = None) -> CustomerFailed | None:
        """Whether a customer has failed at this record, or in this step as a whole."""
        return self._found.get((key, offset)) or self._found.get((key, None))

    def clear(self) -> None:
        """The step is done."""
        self._found.clear()
        self.suspects.clear()
        self.stuck.clear()


class failing:  # noqa: N801 - as contextlib.suppress is
    """What goes wrong with a customer stops nobody else; what is wrong with the log or this version stops all.

    A class, for a generator in its place costs as much as a whole profile does to encode.
    """

    def __init__(self, key: bytes, offset: int | None = None) -> None:
        self._key, self._offset = key, offset

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, _STOPS_ALL):
            raise CustomerFailed(self._key, self._offset, described(error)) from error


def described(error: Exception) -> str:
    """What went wrong and where, in a line."""
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    return f"{error!r} at {places[-1]}"[:MOST_WORDS]
