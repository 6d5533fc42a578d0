"""Up to which moment the records of a partition have been dealt with."""

from service.faust_safe.work import Course


class LogShorter(Exception):
    """The log ends before what was read of it: it was made anew, or was cut."""


class Reach:
    """One a partition, from where its reading began: an end of its log, and when that was seen."""

    def __init__(self) -> None:
        self._end: int | None = None
        self._seen = 0.0
        self._at, self._since = 0, 0.0
        """How far it had come, and when that was known."""

    def moment(self, course: Course | None, now: float) -> float | None:
        """All that could be read then is dealt with (seconds since 1970, as `now`); None: nothing new is known. LogShorter.

        Whoever has come to an end has dealt with all that there was when that end was seen, whatever has come since.
        """
        if course is None:
            return None
        if course.end < self._at and course.seen > self._since:
            raise LogShorter
        if course.at > self._at:
            self._at, self._since = course.at, now
        if course.at >= course.end:
            self._end = None
            return course.seen
        reached = self._seen if self._end is not None and course.at >= self._end else None
        if self._end is None or reached is not None:
            self._end, self._seen = course.end, course.seen
        return reached
