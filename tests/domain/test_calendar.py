"""Business days and their first instants, where clocks and calendars misbehave."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from service.domain.calendar import (
    NEVER,
    business_day,
    date_of,
    day_number,
    midnight,
    months_later,
    next_month_start,
    next_period_start,
    period_start,
    year_end,
)


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("Asia/Shanghai", "2025-03-01", "2025-02-28T16:00:00Z"),
        ("Asia/Kathmandu", "2025-03-01", "2025-02-28T18:15:00Z"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),  # midnight does not exist: 01:00 is the first instant
        ("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z"),  # midnight comes twice: the first one
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),  # the date does not exist: the next one's first instant
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00Z"),  # the gap begins before midnight: 00:30 is the first instant
        ("America/St_Johns", "2006-10-29", "2006-10-29T02:30:00Z"),  # at 00:01 the clock goes back to the day before
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
    ],
)
def test_midnight_is_the_first_instant_of_a_day(zone: str, day: str, first: str) -> None:
    assert midnight(day_number(date.fromisoformat(day)), ZoneInfo(zone)) == datetime.fromisoformat(first)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Kathmandu", "Europe/Dublin"])
def test_a_day_begins_at_its_midnight(zone: str) -> None:
    of = ZoneInfo(zone)
    for day in range(day_number(date(2016, 1, 1)), day_number(date(2025, 1, 1))):
        first = midnight(day, of)
        assert business_day(first, of) == day
        assert business_day(datetime.fromtimestamp(first.timestamp() - 1, UTC), of) == day - 1


def test_periods_begin_where_the_calendar_says() -> None:
    day = day_number(date(2024, 2, 29))

    assert [date_of(period_start(day, period)).isoformat() for period in ("month", "quarter", "year")] == [
        "2024-02-01",
        "2024-01-01",
        "2024-01-01",
    ]
    assert [date_of(next_period_start(day, period)).isoformat() for period in ("month", "quarter", "year")] == [
        "2024-03-01",
        "2024-04-01",
        "2025-01-01",
    ]


def test_the_next_first_of_a_month_is_after_the_day() -> None:
    first = day_number(date(2024, 12, 1))

    assert date_of(next_month_start(first)) == date(2025, 1, 1)
    assert date_of(next_month_start(first - 1)) == date(2024, 12, 1)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 2, "2024-03-31"),
        ("2024-03-30", 11, "2025-02-28"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-05-31", 120, "2034-05-31"),
    ],
)
def test_months_later_is_the_same_day_clipped(day: str, months: int, later: str) -> None:
    assert date_of(months_later(day_number(date.fromisoformat(day)), months)) == date.fromisoformat(later)


def test_months_after_all_dates_are_never() -> None:
    last = day_number(date.max)

    assert months_later(last, 1) == NEVER
    assert months_later(day_number(date(9999, 11, 30)), 1) == day_number(date(9999, 12, 30))


def test_a_year_ends_on_31_december() -> None:
    assert [date_of(year_end(day_number(date(2024, 12, 31)), years)) for years in (0, 1)] == [
        date(2024, 12, 31),
        date(2025, 12, 31),
    ]
    assert date_of(year_end(day_number(date(9999, 1, 1)), 1)) == date.max


def test_never_is_the_day_after_all_dates() -> None:
    assert day_number(date.max) + 1 == NEVER
    assert day_number(date(1970, 1, 1)) == 0
