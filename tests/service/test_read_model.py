"""The read model on a real Redis-compatible server: never backwards, never lost, refilled when emptied."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import ANY

import pytest
from redis.asyncio import Redis

from agents import read_model as agent
from service.faust_safe.work import TP, Course, StartAgain
from service.laptop import redis
from service.laptop.process import Server, free_port
from service.metrics import REGISTRY
from service.partitioner import partition_for
from service.read_model import ReadModel, ReadModelMoved
from service.settings import Settings
from service.stored_profiles import Found, StoredProfiles

DEADLINE = 20.0
PARTITIONS = 4


class Record(NamedTuple):
    """A record of the profiles topic."""

    offset: int
    key: bytes | None
    value: bytes | None


def data(position: int, sequence: int = 1) -> bytes:
    """A profile, with spaces, an escape and a field that this version does not know: it is to come through as it is."""
    totals = {"orders": position, "spend_minor": 0, "purchase_days": 0}
    dates = {"first_order_on": None, "last_order_on": None, "average_order_minor": None}
    head = {"as_of": "2024-05-01", "policy": "caf\u00e9@1", "sequence": sequence, "position": position, "later": [1.50]}
    rest: dict[str, object] = {"rfm": None, "tiers": {}, "lifecycle": None, "churn": None, "engagement": {}, "open_complaints": 0}
    return json.dumps({**head, "totals": {**totals, **dates}, **rest}).encode()


def profile(offset: int, customer: str, position: int, sequence: int = 1) -> Record:
    """A profile as published."""
    envelope = b'{"specversion":"1.0","id":"p","source":"/tiering","type":"customer.profile.v1","subject":"%s","data":%s}'
    return Record(offset, customer.encode(), envelope % (customer.encode(), data(position, sequence)))


@pytest.fixture
async def model(url: str, raw: Redis) -> AsyncIterator[ReadModel]:
    """A read model at the beginning of partition 0."""
    reading = ReadModel(Settings(redis=url, topic_prefix="north."))
    assert await reading.start(0) == 0
    yield reading
    await reading.stop()


@pytest.fixture
async def stored(url: str) -> AsyncIterator[StoredProfiles]:
    """What lies in Redis, for its readers."""
    reading = StoredProfiles(Settings(redis=url, topic_prefix="north.", partitions=PARTITIONS))
    yield reading
    await reading.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail at the deadline."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_profile_lies_in_redis_byte_for_byte_with_the_position_beside_it(model: ReadModel, raw: Redis) -> None:
    await model.write(0, [profile(6, "c-1", 3), profile(8, "c-2", 4)])
    assert await raw.get("north.profile:c-1") == data(3)
    assert set(await raw.keys()) == {b"north.profile:c-1", b"north.profile:c-2", b"north.read-model:next:0"}
    assert (await model.start(0), await model.start(1)) == (9, 0)


@pytest.mark.parametrize(
    ("versions", "stays"),
    [
        ([(5, 2), (4, 9)], (5, 2)),
        ([(5, 2), (5, 1)], (5, 2)),
        ([(5, 2), (5, 3)], (5, 3)),
        ([(9, 1), (10, 1)], (10, 1)),
        ([(2**53 - 1, 1), (2**53 - 2, 1)], (2**53 - 1, 1)),
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_an_older_profile_never_replaces_a_newer_one(
    model: ReadModel, raw: Redis, versions: list[tuple[int, int]], stays: tuple[int, int], together: bool
) -> None:
    records = [profile(offset, "c-1", *version) for offset, version in enumerate(versions)]
    for batch in [records] if together else [[record] for record in records]:
        await model.write(0, batch)
    assert await raw.get("north.profile:c-1") == data(*stays)
    assert await model.start(0) == len(versions)


async def test_a_null_value_erases_and_a_record_without_a_key_is_nobodys(model: ReadModel, raw: Redis) -> None:
    await model.write(0, [profile(0, "c-1", 7), profile(1, "c-2", 8), Record(2, b"c-1", None), Record(3, None, None)])
    assert await raw.get("north.profile:c-1") is None
    assert await raw.get("north.profile:c-2") == data(8)
    await model.write(0, [Record(4, b"c-2", None), profile(5, "c-2", 2)])
    assert await raw.get("north.profile:c-2") == data(2)


async def test_what_is_no_profile_in_redis_is_replaced(model: ReadModel, raw: Redis) -> None:
    for offset, damaged in enumerate([b"{", b"17", b'{"position": "x"}', b""]):
        await raw.set("north.profile:c-1", damaged)
        await model.write(0, [profile(offset, "c-1", 1)])
        assert await raw.get("north.profile:c-1") == data(1)


async def test_no_records_change_nothing(model: ReadModel, raw: Redis) -> None:
    await model.write(0, [])
    assert await raw.keys() == []


async def test_profiles_are_found_by_customer_and_all_together(model: ReadModel, stored: StoredProfiles, raw: Redis) -> None:
    await raw.set("profile:somebody-elses", "{}")
    customers = {f"ü:{number}": number for number in range(1_200)}
    await model.write(0, [profile(number, customer, number) for customer, number in customers.items()])
    found = await stored.profile("ü:7")
    assert found is not None
    assert (found.position, found.policy) == (7, "caf\u00e9@1")
    assert await stored.profile("nobody") is None
    assert {customer: each.position async for customer, each in stored.profiles()} == customers


async def test_a_look_up_says_up_to_when_the_customers_partition_was_read(model: ReadModel, stored: StoredProfiles) -> None:
    await model.write(0, [profile(0, "c-1", 3)])
    number = partition_for(b"c-1", PARTITIONS)
    assert await stored.look_up("c-1") == Found(number, None, data(3))
    assert await model.stands(0, None)
    assert await stored.read_to() == {}
    assert await model.stands(0, 1_700_000_000.1239)
    assert await model.stands(0, None)
    assert await stored.read_to() == {0: 1_700_000_000.123}
    for partition in range(PARTITIONS + 2):
        await model.start(partition)
        await model.stands(partition, 1_700_000_000.5 + partition)
    assert await stored.look_up("c-1") == Found(number, 1_700_000_000.5 + number, data(3))
    assert await stored.look_up("c-2") == Found(partition_for(b"c-2", PARTITIONS), ANY, None)
    assert list(await stored.read_to()) == list(range(PARTITIONS + 1))


async def test_an_emptied_redis_is_read_up_to_no_moment(model: ReadModel, stored: StoredProfiles, raw: Redis) -> None:
    records = [profile(0, "c-1", 3), profile(1, "c-1", 4)]
    await model.write(0, records)
    await raw.flushall()
    assert not await model.stands(0, 1_700_000_000.0)
    assert await raw.keys() == []
    # Its position alone is lost, and the profiles: what comes to be there again is not yet what was published.
    await raw.set("north.read-model:read-to:0", "1700000000000")
    await model.start(0)
    await model.write(0, records[:1])
    assert await stored.read_to() == {}


async def test_an_emptied_redis_is_noticed_and_refilled(model: ReadModel, raw: Redis) -> None:
    topic = [profile(offset, f"c-{offset}", offset) for offset in range(5)]
    await model.write(0, topic[:4])
    await raw.flushall()
    with pytest.raises(ReadModelMoved):
        await model.write(0, topic[4:])
    assert await raw.keys() == []
    begin = await model.start(0)
    await model.write(0, topic[begin:])
    assert len(await raw.keys("north.profile:*")) == 5


async def test_a_second_reader_of_a_partition_stops_the_first(model: ReadModel, url: str, raw: Redis) -> None:
    other = ReadModel(Settings(redis=url, topic_prefix="north."))
    await other.start(0)
    await other.write(0, [profile(0, "c-1", 1), profile(1, "c-1", 2)])
    await other.stop()
    with pytest.raises(ReadModelMoved):
        await model.write(0, [profile(0, "c-1", 1)])
    assert await raw.get("north.profile:c-1") == data(2)


async def test_a_write_whose_answer_was_lost_is_not_taken_for_another_reader(model: ReadModel, url: str, raw: Redis) -> None:
    records = [profile(0, "c-1", 1)]
    twin = ReadModel(Settings(redis=url, topic_prefix="north."))
    await twin.start(0)
    await twin.write(0, records)
    await twin.stop()
    await model.write(0, records)
    await model.write(0, [profile(1, "c-1", 2)])
    assert await raw.get("north.profile:c-1") == data(2)


async def test_it_waits_for_redis_says_so_once_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "service")
    port = free_port()
    model = ReadModel(Settings(redis=f"redis://127.0.0.1:{port}/0"))
    assert await model.start(0) is None
    server = await asyncio.to_thread(_serve, tmp_path, port)
    try:
        with pytest.raises(ReadModelMoved):  # where it stands was not known
            await model.write(0, [profile(0, "c-1", 1)])
        assert await model.start(0) == 0
        await model.write(0, [profile(0, "c-1", 1)])
        waited = REGISTRY.get_sample_value("tiering_redis_wait_seconds_total") or 0.0
        server.stop()
        writing = asyncio.create_task(model.write(0, [profile(1, "c-1", 2)]))
        await until(lambda: len(caplog.messages) == 3)
        assert model.away
        assert (writing.done(), REGISTRY.get_sample_value("tiering_redis_up", {"role": "read-model"})) == (False, 0)
        # Started anew without persistence it is empty: nothing may be written as if what came before were there.
        server = await asyncio.to_thread(_serve, tmp_path, port)
        with pytest.raises(ReadModelMoved):
            await asyncio.wait_for(writing, DEADLINE)
        assert REGISTRY.get_sample_value("tiering_redis_up", {"role": "read-model"}) == 1
        assert (REGISTRY.get_sample_value("tiering_redis_wait_seconds_total") or 0.0) > waited
        assert not model.away
        away = "Redis does not answer"
        assert [message[: len(away)] for message in caplog.messages] == [away, "Redis answers again, after"[: len(away)]] * 2
    finally:
        server.stop()
        await model.stop()


async def test_time_that_partitions_wait_together_is_counted_once() -> None:
    model = ReadModel(Settings(redis=f"redis://127.0.0.1:{free_port()}/0"))
    before, began = REGISTRY.get_sample_value("tiering_redis_wait_seconds_total") or 0.0, time.monotonic()
    writing = [asyncio.create_task(model.write(partition, [profile(0, "c-1", 1)])) for partition in range(4)]
    await asyncio.sleep(1.0)
    for each in writing:
        each.cancel()
    counted = (REGISTRY.get_sample_value("tiering_redis_wait_seconds_total") or 0.0) - before
    assert 0 < counted <= time.monotonic() - began
    await model.stop()


def _serve(directory: Path, port: int) -> Server:
    return redis.start(directory / "redis", port)[0]


async def test_a_topic_that_ends_before_what_was_read_of_it_is_read_from_its_beginning(
    model: ReadModel, stored: StoredProfiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    courses = iter([Course(2, 2, time.time()), Course(2, 1, time.time() + 60)])
    app: Any = SimpleNamespace(course=lambda _: next(courses), observation=SimpleNamespace(batch=lambda *_: None))
    monkeypatch.setattr(agent, "LOOK_SECONDS", 0.0)
    work, here = agent.Profiles(app, model), TP("north.customer-profiles", 0)
    await work.start(here)
    await work.process(here, [profile(0, "c-1", 3), profile(1, "c-2", 4)])
    await work.spare(here)
    assert list(await stored.read_to()) == [0]
    with pytest.raises(StartAgain):
        await work.spare(here)
    assert await stored.read_to() == {}
    assert await work.start(here) == 0
