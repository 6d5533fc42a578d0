"""The clock of a partition: the largest instant it knows of, held back by the policy's settling time."""

from datetime import UTC, datetime

from service.domain.calendar import BusinessDays
from service.domain.policy import Frame

BEGINNING = -(1 << 30)
_NO_TIME = float("-inf")


class PartitionClock:
    """Only goes forward. `micros` is the largest instant before settling, in microseconds since 1970 (None: none yet)."""

    def __init__(self, micros: int | None) -> None:
        self._seconds = _NO_TIME if micros is None else micros / 1_000_000
        self._day_ends = _NO_TIME
        self.day = BEGINNING
        """The business day that has been reached."""

    @property
    def micros(self) -> int | None:
        """As rows keep it."""
        return None if self._seconds == _NO_TIME else round(self._seconds * 1_000_000)

    def set_frame(self, frame: Frame) -> None:
        """The time zone and settling time that days are told by."""
        self._settle_seconds, self.days = frame.settle_minutes * 60, BusinessDays(frame.zone)
        self._settled_days, self._day_ends = BusinessDays(frame.zone), _NO_TIME
        if self._seconds != _NO_TIME:
            self._reach()

    def move(self, seconds: float) -> None:
        """Time is at least this, in seconds since 1970."""
        if seconds > self._seconds:
            self._seconds = seconds
            if seconds >= self._day_ends:
                self._reach()

    def close(self, day: int) -> None:
        """Time is at the end of a business day, settled."""
        self.day = max(self.day, day)

    def instant(self) -> datetime:
        """The largest instant, not held back."""
        return datetime.fromtimestamp((self.micros or 0) / 1_000_000, tz=UTC)

    def _reach(self) -> None:
        self.day = max(self.day, self._settled_days.at(self._seconds - self._settle_seconds))
        self._day_ends = self._settled_days.ends + self._settle_seconds
