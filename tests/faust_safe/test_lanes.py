"""A lane without a broker: order, repeats, losses, holes, leaving."""

import asyncio
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from service.faust_safe.lane import FULL, ON_THEIR_WAY, QUEUED, Lane
from service.faust_safe.lanes import Lanes
from service.faust_safe.portion import FIRST, LEAST
from service.faust_safe.work import TP, Delivery, Hole, StartAgain

HERE = TP("log", 0)


class FakeWork:
    """Notes what it is given; can be held, can fail, and can have something to do between batches."""

    pause = 0.001

    def __init__(self, *, dense: bool = False, deadline: float | None = 5.0) -> None:
        self.dense, self.deadline = dense, deadline
        self.taken: list[int] = []
        self.spares = self.drained = self.busy_spares = 0
        self.error: Exception | None = None
        self.begin: int | None = None
        self.may_go, self.entered = asyncio.Event(), asyncio.Event()
        self.may_go.set()

    async def start(self, tp: TP) -> int | None:
        self.error = None
        return self.begin

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        self.entered.set()
        await self.may_go.wait()
        if self.error:
            raise self.error
        self.taken += [record.offset for record in records]

    async def spare(self, tp: TP) -> bool:
        self.spares += 1
        return self.spares <= self.busy_spares

    async def drain(self, tp: TP) -> None:
        self.drained += 1


class FakeHost:
    """Notes what lanes ask of the app."""

    def __init__(self) -> None:
        self.forgotten: list[Any] = []
        self.rereads: list[int] = []
        self.reasons: list[BaseException | str] = []

    def forget(self, message: Any) -> None:
        self.forgotten.append(message)

    async def reread(self, tp: TP, offset: int) -> None:
        self.rereads.append(offset)

    def die(self, reason: BaseException | str) -> None:
        self.reasons.append(reason)


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


def event(*offsets: int, follows: int | None = None, seeks: int = 0) -> Any:
    records = [SimpleNamespace(offset=offset, timestamp=7_000 + offset) for offset in offsets]
    return SimpleNamespace(value=Delivery(follows, records, seeks), message=SimpleNamespace(tp=HERE))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - the lane has no event of its own for every step
            await asyncio.sleep(0)


async def lane_with(work: FakeWork, host: FakeHost, *events: Any, start: int = 0) -> tuple[Lanes, Lane]:
    """A lane that has been through these events."""
    lanes = Lanes(work, host)
    lanes.start(HERE, start)
    for each in events:
        await lanes.put(each)
    await until(lambda: len(host.forgotten) == len(events))
    return lanes, lanes.by_tp[HERE]


async def held(work: FakeWork, host: FakeHost) -> Lanes:
    """A lane whose first batch is under way and does not end before `work.may_go`."""
    work.may_go.clear()
    lanes = Lanes(work, host)
    lanes.start(HERE, 0)
    await lanes.put(event(0, follows=0))
    await work.entered.wait()
    return lanes


async def test_batches_are_taken_in_order_and_become_committable(host: FakeHost) -> None:
    work = FakeWork()
    lanes, lane = await lane_with(work, host, event(0, 1, follows=0), event(2, follows=2))
    assert (work.taken, lane.next, lanes.done(HERE), host.rereads) == ([0, 1, 2], 3, 3, [])
    lanes.clear()


async def test_nothing_is_committable_before_it_is_durable(host: FakeHost) -> None:
    work = FakeWork()
    lanes = await held(work, host)
    assert (lanes.done(HERE), host.forgotten) == (None, [])
    work.may_go.set()
    await until(lambda: lanes.done(HERE) == 1)
    lanes.clear()


async def test_where_a_work_says_it_is_may_be_committed_before_anything_comes(host: FakeHost) -> None:
    lanes = Lanes(FakeWork(), host)  # its last owner was killed before it committed that
    lanes.start(HERE, 7, done=7)
    assert lanes.done(HERE) == 7
    lanes.clear()


async def test_a_lane_tells_since_when_it_is_busy_and_when_it_got_on(host: FakeHost) -> None:
    work = FakeWork()
    began = time.monotonic()
    lanes = await held(work, host)
    lane = lanes.by_tp[HERE]
    opened = lane.progressed_at
    assert lane.waits_since is not None
    assert lane.waits_since >= began
    assert (lane.next, lane.durable) == (1, 0)
    work.may_go.set()
    await until(lambda: lanes.done(HERE) == 1)
    await until(lambda: len(host.forgotten) == 1)
    after: tuple[float | None, int] = (lane.waits_since, lane.durable)
    assert after == (None, 1)
    assert lane.progressed_at > opened
    lanes.clear()


async def test_a_lane_tells_since_when_records_wait_and_none_is_dealt_with(host: FakeHost) -> None:
    work = FakeWork()
    lanes = await held(work, host)
    lane = lanes.by_tp[HERE]
    began = lane.waits_since
    await lanes.put(event(1, follows=1))
    assert lane.waits_since == began is not None

    work.may_go.set()
    await until(lambda: lanes.done(HERE) == 1)
    first = lane.waits_since
    await until(lambda: len(host.forgotten) == 2)

    assert first is not None
    assert first > began
    after: float | None = lane.waits_since
    assert after is None
    lanes.clear()


async def test_what_is_being_dealt_with_and_what_was_is_told(host: FakeHost) -> None:
    work = FakeWork()
    lanes = await held(work, host)
    lane = lanes.by_tp[HERE]
    await lanes.put(event(1, follows=1))
    await lanes.put(event(2, follows=2))
    assert (lane.oldest, lanes.dealt_with) == (7_000, 0)
    lane._in_hand = ()
    assert lane.oldest == 7_001
    work.may_go.set()
    await until(lambda: len(host.forgotten) == 3)
    after: tuple[int | None, int] = (lane.oldest, lanes.dealt_with)
    assert after == (None, 3)
    lanes.clear()
    assert lanes.dealt_with == 3


async def test_what_was_delivered_before_is_dropped(host: FakeHost) -> None:
    work = FakeWork()
    lanes, _ = await lane_with(work, host, event(3, 4, 5, follows=3), event(1, 2, follows=1), start=5)
    assert (work.taken, host.rereads) == ([5], [])
    lanes.clear()


async def test_a_marker_between_batches_or_records_is_no_loss(host: FakeHost) -> None:
    work = FakeWork()
    lanes, _ = await lane_with(work, host, event(0, 2, follows=0), event(5, follows=3))
    assert (work.taken, host.rereads) == ([0, 2, 5], [])
    lanes.clear()


async def test_a_lost_batch_is_read_again_once(host: FakeHost) -> None:
    work = FakeWork()
    lanes, lane = await lane_with(work, host, event(0, follows=0), event(2, follows=2), event(3, follows=3))
    assert (work.taken, host.rereads, lane.next, lane.rereads) == ([0], [1], 1, 1)
    await lanes.put(event(1, 2, 3, follows=1))
    await until(lambda: work.taken == [0, 1, 2, 3])
    lanes.clear()


async def test_in_a_dense_log_a_hole_is_read_again_and_then_an_error(host: FakeHost) -> None:
    work = FakeWork(dense=True)
    lanes, _ = await lane_with(work, host, event(0, follows=0), event(2, follows=1))
    assert (work.taken, host.rereads, host.reasons) == ([0], [1], [])
    await lanes.put(event(2, follows=1, seeks=1))
    await until(lambda: bool(host.reasons))
    assert isinstance(host.reasons[0], Hole)
    assert work.taken == [0]


@pytest.mark.parametrize("follows", [None, 1])
async def test_batches_that_were_queued_behind_a_hole_are_not_the_one_that_is_read_again(
    host: FakeHost, follows: int | None
) -> None:
    work = FakeWork(dense=True)
    queued = [event(2, follows=follows), event(3, follows=follows), event(4, follows=4)]
    lanes, lane = await lane_with(work, host, event(0, follows=0), *queued)
    assert (work.taken, host.rereads, host.reasons, lane.next) == ([0], [1], [], 1)
    await lanes.put(event(1, 2, 3, 4, follows=1, seeks=1))
    await until(lambda: work.taken == [0, 1, 2, 3, 4])
    assert (host.rereads, host.reasons) == ([1], [])
    lanes.clear()


async def test_a_hole_behind_a_lost_batch_is_read_again_at_once(host: FakeHost) -> None:
    work = FakeWork(dense=True)
    lanes, _ = await lane_with(work, host, event(0, follows=0), event(3, follows=3), event(2, 3, follows=1, seeks=1))
    assert (host.rereads, host.reasons) == ([1, 1], [])
    await lanes.put(event(2, 3, follows=1, seeks=2))
    await until(lambda: bool(host.reasons))
    assert (isinstance(host.reasons[0], Hole), host.rereads) == (True, [1, 1])


async def test_in_a_dense_log_a_hole_that_was_none_is_forgotten(host: FakeHost) -> None:
    work = FakeWork(dense=True)
    lanes, _ = await lane_with(work, host, event(0, 2, follows=0))
    assert (work.taken, host.rereads) == ([], [0])
    await lanes.put(event(0, 1, 2, follows=0))
    await until(lambda: work.taken == [0, 1, 2])
    assert (host.rereads, host.reasons) == ([0], [])
    lanes.clear()


async def test_an_error_in_the_work_ends_the_process(host: FakeHost) -> None:
    work = FakeWork()
    work.error = RuntimeError("disk full")
    lanes, _ = await lane_with(work, host, event(0, follows=0))
    await until(lambda: bool(host.reasons))
    assert (host.reasons, lanes.done(HERE)) == ([work.error], None)


@pytest.mark.parametrize("begin", [2, None])
async def test_work_whose_position_moved_is_asked_again_where_to_begin(host: FakeHost, begin: int | None) -> None:
    work = FakeWork()
    work.error, work.begin = StartAgain("emptied"), begin
    lanes, lane = await lane_with(work, host, event(7, follows=7), start=7)
    again = 7 if begin is None else begin
    await until(lambda: host.rereads == [again])
    assert (lane.next, lanes.done(HERE)) == (again, None)
    await lanes.put(event(9, follows=9))
    await lanes.put(event(again, again + 1, follows=again, seeks=1))
    await until(lambda: work.taken == [again, again + 1])
    assert (host.rereads, host.reasons, lanes.done(HERE)) == ([again], [], again + 2)
    lanes.clear()


async def test_work_that_takes_too_long_ends_the_process(host: FakeHost) -> None:
    await held(FakeWork(deadline=0.01), host)
    await until(lambda: bool(host.reasons))
    assert isinstance(host.reasons[0], TimeoutError)


async def test_spare_time_is_used_at_once_while_there_is_more_to_do(host: FakeHost) -> None:
    work = FakeWork()
    work.busy_spares, work.pause = 20, 3600.0
    lanes, _ = await lane_with(work, host)
    await until(lambda: work.spares == 21)
    lanes.clear()


async def test_closing_finishes_the_batch_under_way_and_starts_no_other(host: FakeHost) -> None:
    work = FakeWork()
    lanes = await held(work, host)
    await lanes.put(event(1, follows=1))
    closing = asyncio.ensure_future(lanes.close(5))
    await until(lambda: lanes.by_tp[HERE].closed)
    work.may_go.set()
    assert await closing
    assert (work.taken, lanes.done(HERE), work.drained, len(host.forgotten)) == ([0], 1, 1, 2)
    await lanes.put(event(1, follows=1))
    assert len(host.forgotten) == 3


async def test_a_lane_has_no_room_while_many_records_wait(host: FakeHost) -> None:
    work = FakeWork()
    lanes = await held(work, host)
    await lanes.put(event(*range(1, FULL), follows=1))
    assert lanes.has_room(HERE)
    await lanes.put(event(FULL, follows=FULL))
    assert not lanes.has_room(HERE)
    assert lanes.has_room(TP("log", 1))
    work.may_go.set()
    await until(lambda: len(work.taken) == FULL + 1)
    assert lanes.has_room(HERE)
    lanes.clear()


async def test_a_lane_has_no_room_while_many_batches_wait(host: FakeHost) -> None:
    lanes = await held(FakeWork(), host)
    for offset in range(1, QUEUED - ON_THEIR_WAY + 1):
        assert lanes.has_room(HERE)
        await lanes.put(event(offset, follows=offset))
    assert not lanes.has_room(HERE)
    lanes.clear()


async def test_closing_tells_when_a_batch_does_not_finish(host: FakeHost) -> None:
    lanes = await held(FakeWork(), host)
    assert not await lanes.close(0.01)
    lanes.clear()


async def test_work_without_a_deadline_is_not_waited_for(host: FakeHost) -> None:
    work = FakeWork(deadline=None)
    lanes = await held(work, host)
    assert await lanes.close(5)
    assert (work.taken, lanes.done(HERE), host.reasons) == ([], None, [])


class NotedWork(FakeWork):
    """Notes how many records it is handed at a time, and takes its time."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__()
        self.seconds, self.sizes = seconds, list[int]()
        self.lane: Lane | None = None

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        await asyncio.sleep(self.seconds)
        self.sizes.append(len(records))
        await super().process(tp, records)
        if self.lane is not None:
            self.lane.close()


async def test_the_work_is_handed_few_records_until_it_is_seen_to_be_quick(host: FakeHost) -> None:
    work = NotedWork()
    lanes, lane = await lane_with(work, host, event(*range(4 * FIRST), follows=0))
    assert work.sizes == [FIRST, 2 * FIRST, FIRST]  # at most twice as many as were seen to be quick
    assert (work.taken, lanes.done(HERE), lane.durable) == (list(range(4 * FIRST)), 4 * FIRST, 4 * FIRST)
    lanes.clear()


async def test_a_slow_work_is_handed_few_records_at_a_time(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.faust_safe.portion.AIM_SECONDS", 0.001)
    work = NotedWork(seconds=0.01)
    lanes, _ = await lane_with(work, host, event(*range(FIRST + 2 * LEAST), follows=0))
    assert work.sizes == [FIRST, LEAST, LEAST]
    lanes.clear()


async def test_what_a_lane_did_not_get_to_before_it_was_closed_is_for_the_next_owner(host: FakeHost) -> None:
    work = NotedWork()
    lanes = Lanes(work, host)
    lanes.start(HERE, 0)
    work.lane = lanes.by_tp[HERE]
    await lanes.put(event(*range(3 * FIRST), follows=0))
    await until(lambda: work.lane is not None and work.lane.task.done())
    assert (work.sizes, lanes.done(HERE), work.lane.next, work.drained) == ([FIRST], FIRST, FIRST, 1)
    assert len(host.forgotten) == 1
    lanes.clear()
