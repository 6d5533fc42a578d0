"""Backfill without Kafka: what files are, what is written in which round, and where it goes on."""

import asyncio
import fcntl
import gzip
import json
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from schemas import codec, topics
from schemas.trace_context import MOST_STATE
from service.backfill.backfill import MOST_RECORDS, Backfill
from service.backfill.files import Files, look
from service.backfill.marks import MARK
from service.commands.backfill import command
from service.event_files import Line
from service.intake import Anonymous, Forward, Rejected
from service.partitioner import partition_for
from service.settings import Settings
from tests.builders import instant, order
from tests.schemas.test_trace_context import PARENT

SETTINGS = Settings(partitions=3)


class Batch:
    """What is written at once; as large as the real one takes."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, bytes, list[tuple[str, bytes]]]] = []
        self.size = 0
        self._builder = self
        self._relative_offset = 0

    def append(
        self, offset: int, timestamp: int | None, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> object | None:
        size = len(key) + len(value) + sum(len(name) + len(content) + 10 for name, content in headers) + 30
        if self.records and self.size + size > 1 << 20:
            return None
        self.size += size
        self.records.append((key, value, headers))
        return object()

    def record_count(self) -> int:
        return self._relative_offset


class Log:
    """Takes batches as the broker does, all but the one numbered `fails`."""

    def __init__(self, fails: int = -1) -> None:
        self.batches: list[tuple[int, Batch]] = []
        self.fails, self.seen = fails, count()

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Any:
        assert topic == topics.CUSTOMER_ACTIVITY
        refused = next(self.seen) == self.fails
        if not refused:
            self.batches.append((partition, batch))

        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if refused:
            written.set_exception(OSError("the broker is away"))
            written.exception()  # looked at, or asyncio complains
        else:
            written.set_result(None)
        return written

    def positions(self) -> dict[int, int]:
        """What the marks say."""
        found = {}
        for partition, batch in self.batches:
            for _, _, headers in batch.records:
                for name, content in headers:
                    assert name == MARK
                    found[partition] = int(content.split(b":")[2])
        return found

    def ids(self) -> dict[str, list[str]]:
        """The ids of each customer's events, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for partition, batch in self.batches:
            for key, value, _ in batch.records:
                assert partition == partition_for(key, SETTINGS.partitions)
                event = codec.decode_activity(value)
                found[key.decode()].append(event.id)
        return found


FILES = Files("names", "content", 0, None, timedelta())


def backfill(log: Log, begun: dict[int, int] | None = None) -> Backfill:
    return Backfill(log, SETTINGS, "USD", FILES, begun or {})


def lines(number: int, padding: int = 0) -> list[Line]:
    values = [order(at // 50, 100, id=f"{at:05}{'x' * padding}", customer=f"c-{at % 7}") for at in range(number)]
    return [Line("f", at, value) for at, value in enumerate(values, start=1)]


async def test_each_line_is_checked_as_intake_checks() -> None:
    log = Log()
    work = backfill(log)
    [good] = lines(1)
    assert isinstance(await work.take(good), Forward)
    assert isinstance(await work.take(Line("f", 2, b"{")), Rejected)
    assert isinstance(await work.take(Line("f", 3, good.value.replace(b"USD", b"EUR"))), Rejected)
    assert isinstance(await work.take(Line("f", 4, good.value.replace(b'"c-0"', b"null"))), Anonymous)
    await work.finish()
    assert (work.line, work.sent) == (4, 1)
    assert log.positions() == {partition_for(b"c-0", 3): 4}


@pytest.mark.parametrize("padding", [0, 60])
async def test_a_round_is_one_batch_a_partition_with_its_mark_at_the_end(padding: int) -> None:
    log = Log()
    work = backfill(log)
    number = 2 * MOST_RECORDS + 100
    for line in lines(number, padding):
        await work.take(line)
    await work.finish()
    assert [[len(headers) for _, _, headers in batch.records] for _, batch in log.batches] == [
        [0] * (batch.record_count() - 1) + [1] for _, batch in log.batches
    ]
    assert sum(batch.record_count() for _, batch in log.batches) == number
    assert max(log.positions().values()) == number


async def test_large_records_of_one_customer_still_fit_into_one_batch_a_round() -> None:
    log = Log()
    work = backfill(log)
    event = json.loads(order(1, 100, id="1"))
    bought = [{"sku": f"sku-{number}", "quantity": 1, "amount_minor": 1, "name": "n" * 200} for number in range(900)]
    for number in range(20):
        event["id"], event["data"] = f"e-{number}", {**event["data"], "order_id": f"o-{number}", "lines": bought}
        assert isinstance(await work.take(Line("f", number, json.dumps(event).encode())), Forward)
    await work.finish()
    assert all(batch.records[-1][2] for _, batch in log.batches)
    assert all(not headers for _, batch in log.batches for _, _, headers in batch.records[:-1])


def traced(number: int, state: str) -> Line:
    """An order that names its trace."""
    event = json.loads(order(1, 100, id=f"e-{number}"))
    return Line("f", number, json.dumps({**event, "traceparent": PARENT.decode(), "tracestate": state}).encode())


async def test_a_line_that_names_its_trace_keeps_it_and_the_mark_stands_behind() -> None:
    log = Log()
    work = backfill(log)
    for number in (1, 2):
        await work.take(traced(number, "a=b"))
    await work.finish()
    [(_, batch)] = log.batches
    trace = [("traceparent", PARENT), ("tracestate", b"a=b")]
    (_, _, first), (_, _, last) = batch.records
    assert (list(first), list(last)[:-1], last[-1][0]) == (trace, trace, MARK)


async def test_a_round_of_long_traces_is_still_one_batch() -> None:
    log = Log()
    work = backfill(log)
    for number in range(MOST_RECORDS):
        await work.take(traced(number, "s" * MOST_STATE))
    await work.finish()
    assert all(batch.records[-1][2][-1][0] == MARK for _, batch in log.batches)
    assert sum(batch.record_count() for _, batch in log.batches) == MOST_RECORDS


@pytest.mark.parametrize("fails", range(16))
async def test_whatever_fails_it_goes_on_with_nothing_lost_and_nothing_twice(fails: int) -> None:
    first, second, all_lines = Log(fails), Log(), lines(3 * MOST_RECORDS)

    async def run(work: Backfill) -> None:
        for line in all_lines:
            await work.take(line)
        await work.finish()

    with suppress(OSError):
        await run(backfill(first))
    await run(backfill(second, first.positions()))
    both = first.ids()
    for customer, ids in second.ids().items():
        both[customer] += ids
    expected: dict[str, list[str]] = defaultdict(list)
    for line in all_lines:
        event = codec.decode_event(line.value)
        expected[event.subject or ""].append(event.id)
    assert both == expected


def written(path: Path, *values: bytes) -> Path:
    text = b"".join(value + b"\n" for value in values)
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def test_files_are_known_by_their_names_and_content_however_packed(tmp_path: Path) -> None:
    one, two = order(1, 1, id="1"), order(2, 1, id="2")
    a, b = written(tmp_path / "a.jsonl", one), written(tmp_path / "b.jsonl", two)
    files = look([a, b])
    assert files == look([a, b])
    assert (files.count, files.first) == (2, datetime.fromisoformat(instant(1)))
    assert look([b, a]).names != files.names
    (tmp_path / "packed").mkdir()
    packed = look([written(tmp_path / "packed" / "a.jsonl", one), written(tmp_path / "packed" / "b.jsonl", two, two)])
    assert (packed.names == files.names, packed.content == files.content) == (True, False)
    assert look([written(tmp_path / "c.jsonl.gz", one), b]).content == files.content
    assert look([written(a, one, two), written(b)]).content != files.content


def test_the_longest_way_back_in_time_is_found(tmp_path: Path) -> None:
    up = [order(day, 1, id=str(day)) for day in (1, 5, 9)]
    assert look([written(tmp_path / "a", *up), written(tmp_path / "b", *up)]).back == timedelta()
    down = [*up, b"{", order(7, 1, id="x"), order(3, 1, id="y"), order(4, 1, id="z")]
    assert look([written(tmp_path / "a", *down)]).back == timedelta(days=6)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(command, [str(tmp_path / "gone.jsonl")])
    assert (refused.exit_code, "gone.jsonl" in refused.stderr) == (2, True)
    with pytest.raises(OSError, match="is no file"):
        look([tmp_path])


def test_two_backfills_of_a_file_do_not_run_at_once(tmp_path: Path) -> None:
    file = written(tmp_path / "a.jsonl", order(1, 1, id="1"))
    with file.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = CliRunner().invoke(command, [str(file)], env={"TIERING_KAFKA": "127.0.0.1:1"})
    assert (refused.exit_code, "another backfill" in refused.stderr) == (2, True)
    unreachable = CliRunner().invoke(command, [str(file)], env={"TIERING_KAFKA": "127.0.0.1:1"})
    assert unreachable.exit_code == 3
