"""The clock of a partition: the largest instant it knows of, held back by the policy's settling time."""

from datetime import UTC, datetime, timedelta

from service.domain.calendar import BusinessDays
from service.domain.policy import Frame

BEGINNING = -(1 << 30)


class PartitionClock:
    """Only goes forward. `micros` is the largest instant before settling, in microseconds since 1970 (None: none yet)."""

    def __init__(self, micros: int | None) -> None:
        self.micros = micros
        self.day = BEGINNING
        """The business day that has been reached."""

    def set_frame(self, frame: Frame) -> None:
        """The time zone and settling time that days are told by."""
        self._settle, self.days = timedelta(minutes=frame.settle_minutes), BusinessDays(frame.zone)
        self._settled_days = BusinessDays(frame.zone)
        if self.micros is not None:
            self._reach(self.instant())

    def move(self, instant: datetime) -> None:
        """Time is at least this."""
        micros = int(instant.timestamp() * 1_000_000)
        if self.micros is None or micros > self.micros:
            self.micros = micros
            self._reach(instant)

    def close(self, day: int) -> None:
        """Time is at the end of a business day, settled."""
        self.day = max(self.day, day)

    def instant(self) -> datetime:
        """The largest instant, not held back."""
        return datetime.fromtimestamp((self.micros or 0) / 1_000_000, tz=UTC)

    def _reach(self, instant: datetime) -> None:
        day = self._settled_days.of(instant - self._settle)
        if day > self.day:
            self.day = day
