"""Business days and their first instants, where clocks and calendars misbehave."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.domain import calendar
from service.domain.calendar import (
    MOST_DAYS,
    NEVER,
    BusinessDays,
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
from tests.compiled.pure import inside_is_changed


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


@pytest.mark.parametrize(
    ("period", "months"), [("month", range(1, 13)), ("quarter", (1, 4, 7, 10)), ("year", (1,))], ids=["month", "quarter", "year"]
)
def test_on_every_day_a_period_began_last_and_begins_next(period: str, months: Sequence[int]) -> None:
    begins = [day_number(date(year, month, 1)) for year in range(2023, 2027) for month in months]

    for begun, ends in zip(begins, begins[1:], strict=False):
        days = range(begun, ends)
        assert {(period_start(day, period), next_period_start(day, period)) for day in days} == {(begun, ends)}
        assert len(days) <= MOST_DAYS[period]
    assert MOST_DAYS[period] in [ends - begun for begun, ends in zip(begins, begins[1:], strict=False)]


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


SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")


@pytest.mark.parametrize("zone", [SHANGHAI, NEW_YORK, ZoneInfo("America/Havana"), ZoneInfo("Pacific/Apia")])
def test_business_days_are_those_of_the_zone_from_any_instant_to_any_other(zone: ZoneInfo) -> None:
    days = BusinessDays(zone)
    first = datetime(2011, 12, 29, 6, tzinfo=UTC)
    instants = [first + timedelta(minutes=minutes) for minutes in (0, 1, 700, 720, 1439, 1440, 1441, 2880, 5000, 30, 0)]

    assert [days.of(instant) for instant in instants] == [business_day(instant, zone) for instant in instants]


def test_a_business_day_begins_at_its_first_instant_and_ends_before_the_next() -> None:
    days, day = BusinessDays(SHANGHAI), day_number(date(2025, 3, 1))
    begins, ends = midnight(day, SHANGHAI), midnight(day + 1, SHANGHAI)

    assert days.of(begins) == day
    assert days.of(ends - timedelta(microseconds=1)) == day
    assert days.of(ends) == day + 1
    assert days.of(begins - timedelta(microseconds=1)) == day - 1


@inside_is_changed
@pytest.mark.parametrize("minute", [0, 1, 720, 1439])
def test_a_business_day_is_looked_up_once(minute: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def counted(instant: datetime, zone: ZoneInfo) -> int:
        asked.append(instant)
        return business_day(instant, zone)

    days, begins = BusinessDays(SHANGHAI), midnight(20_000, SHANGHAI)
    monkeypatch.setattr(calendar, "business_day", counted)

    assert [days.of(begins + timedelta(minutes=each)) for each in (minute, 0, 1, 720, 1439)] == [20_000] * 5
    assert len(asked) == 1
    assert days.of(begins + timedelta(minutes=1440)) == 20_001


def test_a_day_of_25_hours_is_looked_up_every_time() -> None:
    """In Havana 00:30 comes twice on this day; the clock is set back over midnight in other places."""
    zone = ZoneInfo("America/Havana")
    days, day = BusinessDays(zone), day_number(date(2024, 11, 3))

    days.of(midnight(day, zone))

    assert days.ends == 0.0


def test_the_first_instant_of_all_is_of_its_day() -> None:
    assert BusinessDays(ZoneInfo("UTC")).of(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert BusinessDays(NEW_YORK).of(datetime(1970, 1, 1, tzinfo=UTC)) == -1


@pytest.mark.parametrize("month", range(1, 13))
def test_the_next_month_starts_after_every_day_of_this_one(month: int) -> None:
    first = day_number(date(2023, month, 1))
    following = day_number(date(2023 + month // 12, month % 12 + 1, 1))

    assert [next_month_start(day) for day in range(first, following)] == [following] * (following - first)
