"""Business days: the local dates that customers live by, counted from 1970-01-01 (an `int` everywhere in the domain)."""

from bisect import bisect_left
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = 719_163
"""1970-01-01, as `date.toordinal` counts."""

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = 86_400
"""In seconds."""

NEVER: Final = 2_932_897
"""The day after the last date: "if nothing happens, this does not change"."""

MOST_DAYS: Final = {"month": 31, "quarter": 92, "year": 366}
"""Of a calendar month, quarter, year."""


def business_day(instant: datetime, zone: ZoneInfo) -> int:
    """The local date of an instant."""
    return instant.astimezone(zone).toordinal() - _EPOCH


class BusinessDays:
    """Business days of instants that mostly lie in the same one: its bounds are remembered."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._begins = self.ends = 0.0
        """`ends`: when the remembered day ends, in seconds since 1970."""
        self._day = 0

    def of(self, instant: datetime) -> int:
        """The local date of an instant."""
        return self.at(instant.timestamp())

    def at(self, seconds: float) -> int:
        """The local date of an instant in seconds since 1970-01-01T00:00Z."""
        if self._begins <= seconds < self.ends:
            return self._day
        day = business_day(_UNIX_EPOCH + timedelta(seconds=seconds), self._zone)
        begins, ends = midnight(day, self._zone).timestamp(), midnight(day + 1, self._zone).timestamp()
        if begins <= seconds < ends and ends - begins == _DAY:  # else the clock may come back to the day before
            self._begins, self.ends, self._day = begins, ends, day
        return day


def day_number(day: date) -> int:
    """A date as a business day."""
    return day.toordinal() - _EPOCH


@lru_cache(maxsize=4096)
def date_of(day: int) -> date:
    """A business day as a date."""
    return date.fromordinal(day + _EPOCH)


@lru_cache(maxsize=4096)
def midnight(day: int, zone: ZoneInfo) -> datetime:
    """The first instant of a business day, in UTC.

    `fold=0` names the first of two midnights. A midnight in a gap is the instant of the gap: the first of that date, or of the
    next date that exists (Apia, 2011-12-30).
    """
    of = date_of(day)
    midnight_ = datetime(of.year, of.month, of.day, tzinfo=zone)
    instant = midnight_.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == midnight_.replace(tzinfo=None):
        return instant
    # A clock once jumped a whole day.
    seconds = bisect_left(range(_DAY), True, key=lambda ago: business_day(instant - timedelta(seconds=ago + 1), zone) < day)
    return instant - timedelta(seconds=seconds)


def month_start(day: int) -> int:
    """The first day of the month that holds `day`."""
    return day - date_of(day).day + 1


def next_month_start(day: int) -> int:
    """The first first-of-a-month after `day`."""
    return month_start(month_start(day) + 31)


@lru_cache(maxsize=4096)
def period_start(day: int, period: str) -> int:
    """The first day of the calendar month, quarter or year that holds `day`."""
    of = date_of(day)
    month = {"month": of.month, "quarter": (of.month - 1) // 3 * 3 + 1, "year": 1}[period]
    return day_number(date(of.year, month, 1))


@lru_cache(maxsize=4096)
def next_period_start(day: int, period: str) -> int:
    """The first day of the next calendar month, quarter or year after `day`."""
    return period_start(period_start(day, period) + MOST_DAYS[period], period)


@lru_cache(maxsize=4096)
def months_later(day: int, months: int) -> int:
    """The same day of the month that many months later, clipped to the month's end (and to the last date there is)."""
    of = date_of(day)
    year, month = divmod(of.year * 12 + of.month - 1 + months, 12)
    if year > date.max.year:
        return NEVER
    first = day_number(date(year, month + 1, 1))
    return min(first + of.day - 1, first + monthrange(year, month + 1)[1] - 1)


def year_end(day: int, years: int) -> int:
    """31 December, so many years after the year of `day`."""
    return day_number(date(min(date_of(day).year + years, date.max.year), 12, 31))
