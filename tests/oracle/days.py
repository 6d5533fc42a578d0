"""Dates, months, and the instants at which local days begin."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
STEP = timedelta(minutes=15)
"""All zones of today change their clocks at whole quarters of an hour."""


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The local date of an instant."""
    return instant.astimezone(zone).date()


@cache
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, or of the next one that exists, in UTC."""
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=20)
    while day_of(instant, zone) < day:
        instant += STEP
    return instant


def months_later(day: date, months: int) -> date:
    """The same day of the month that many months later, clipped to that month's end."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def term_end(hold: dict[str, Any], day: date, *, upgrade: bool) -> date:
    """The last day of a term that starts on a day."""
    if hold.get("months"):
        return months_later(day, hold["months"]) - DAY
    if hold.get("days"):
        return day + timedelta(days=hold["days"] - 1)
    return date(day.year + 1 if upgrade else day.year, 12, 31)
