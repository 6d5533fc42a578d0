"""Who writes a tick when: once a business day that has settled, again when the clock was set, never in `events` time."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st

from agents.clock import Clock, settled_day
from schemas import codec
from schemas.control import ClockTicked, PolicyActivated
from service.domain.calendar import day_number, midnight
from service.domain.policy import Frame
from service.domain.policy_file import parse_policy
from service.faust_safe.batches import Refusal
from service.settings import Settings
from tests import builders

POLICY = parse_policy(builders.POLICY)
NEWER = parse_policy(builders.POLICY.replace("version = 1", "version = 2"))
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


class Written(Clock):
    """A clock whose records are kept."""

    def __init__(self, file: Any = None, time: Literal["wall", "events"] = "wall") -> None:
        super().__init__(SimpleNamespace(settings=Settings(time=time), servers=[]), file, {})  # type: ignore[arg-type]
        self.records: list[tuple[int, Any]] = []
        self.away = False

    async def _write(self, number: int, value: bytes) -> None:
        if self.away:
            raise KafkaConnectionError("of the test")
        self.records.append((number, codec.decode_activity(value)))

    @property
    def ticks(self) -> list[datetime]:
        return [record.data.at for _, record in self.records if isinstance(record, ClockTicked)]


@given(
    st.integers(0, 2**31),
    st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"]),
    st.integers(0, 1440),
)
def test_a_day_has_settled_when_its_midnight_is_long_enough_ago(seconds: int, zone: str, minutes: int) -> None:
    frame = Frame(zone, "USD", settle_minutes=minutes)
    instant = datetime.fromtimestamp(seconds, UTC)

    day = settled_day(instant, frame)

    assert (
        midnight(day, frame.zone) + timedelta(minutes=minutes)
        <= instant
        < midnight(day + 1, frame.zone) + timedelta(minutes=minutes)
    )


async def test_a_partition_that_was_assigned_gets_a_tick_at_once_and_the_next_on_the_next_day() -> None:
    clock = Written()
    await clock.take(3, POLICY, "log")
    today = datetime.now(UTC)

    await clock._look(3, POLICY, today + timedelta(seconds=1))
    assert len(clock.ticks) == 1
    await clock._look(3, POLICY, today + timedelta(days=1))

    assert clock.ticks[1] == today + timedelta(days=1)
    assert [number for number, _ in clock.records] == [3, 3]


async def test_a_clock_that_was_set_back_ticks_again() -> None:
    clock = Written()
    for at in (NOON, NOON + timedelta(days=40), NOON + timedelta(minutes=1), NOON + timedelta(days=1)):
        await clock._look(0, POLICY, at)

    assert clock.ticks == [NOON, NOON + timedelta(days=40), NOON + timedelta(minutes=1), NOON + timedelta(days=1)]


async def test_a_tick_that_could_not_be_written_is_tried_again() -> None:
    clock = Written()
    clock.away = True
    await clock._look(0, POLICY, NOON)
    clock.away = False
    await clock._look(0, POLICY, NOON)

    assert clock.ticks == [NOON]


async def test_in_events_time_nothing_ticks() -> None:
    clock = Written(time="events")
    await clock.take(0, POLICY, "log")
    await clock._look(0, POLICY, NOON)

    assert clock.records == []


async def test_a_newer_file_is_written_with_the_log_s_own_id_and_an_older_one_is_not() -> None:
    clock = Written(NEWER, time="events")
    await clock.take(0, POLICY, "log-7")
    await clock.take(1, parse_policy(builders.POLICY.replace("version = 1", "version = 3")), "log-7")

    [(number, record)] = clock.records
    assert isinstance(record, PolicyActivated)
    assert (number, record.data.version, record.data.log_id, record.data.text) == (0, 2, "log-7", NEWER.text)


async def test_another_content_that_comes_into_force_stops_the_worker() -> None:
    clock = Written(NEWER, time="events")
    await clock.take(0, POLICY, "log")

    with pytest.raises(Refusal, match="partition 0: the file is test@2 with another content"):
        await clock._look(0, parse_policy(NEWER.text + "# other\n"), NOON)


def test_days_of_the_calendar() -> None:
    frame = Frame("Asia/Shanghai", "CNY", settle_minutes=120)

    assert settled_day(datetime(2024, 2, 29, 17, 59, tzinfo=UTC), frame) == day_number(date(2024, 2, 29))
    assert settled_day(datetime(2024, 2, 29, 18, 0, tzinfo=UTC), frame) == day_number(date(2024, 3, 1))
