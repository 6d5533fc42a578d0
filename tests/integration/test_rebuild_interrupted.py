"""A rebuild that is killed, at any place, goes on where it was and ends where it would have ended; a worker shuts it out."""

import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from schemas import topics
from service import agreement
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.faust_safe.transaction import Transactions
from service.faust_safe.work import TP
from service.laptop.servers import Servers
from service.partition import Partition
from service.rebuild import rebuild
from service.rebuild.rebuild import Rebuild
from service.rows import partition_row
from service.rows.partition_row import PartitionRow, key_of
from service.settings import Settings
from tests.integration.conftest import Deployment, logged, until
from tests.integration.played_worker import work, write_log
from tests.integration.test_rebuild import announced, apply_topics, make_anew, mistaken, published, rebuilt, some, table, total

pytestmark = pytest.mark.integration


class Killed(Exception):
    """The process is gone."""


class Fate:
    """Something happens when a rebuild has told its progress for the n-th time."""

    def __init__(self, place: int, happens: Callable[[], None]) -> None:
        self.left, self.happens = place, happens

    def reads(self, partition: int, offset: int, end: int) -> None:
        self._comes()

    def compares(self, partition: int, customers: int, of: int) -> None:
        self._comes()

    def _comes(self) -> None:
        self.left -= 1
        if not self.left:
            self.happens()


def dies() -> None:
    raise Killed


@pytest.fixture
def small_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if there were many customers."""
    monkeypatch.setattr(rebuild, "RECORDS", 40)
    monkeypatch.setattr(rebuild, "CUSTOMERS", 2)


@pytest.fixture
def twin(servers: Servers, tmp_path: Path) -> Deployment:
    """Another deployment, for the same events."""
    return Deployment(servers, tmp_path)


async def without_a_table(deployment: Deployment) -> None:
    """What a service has published that had a bug; its changelog is lost."""
    apply_topics(deployment)
    await write_log(deployment.settings, some()[:1_500])
    with mistaken():
        await work(deployment.settings)
    await make_anew(deployment, topics.CHANGELOG)


async def rows_of(settings: Settings, number: int) -> dict[bytes, bytes]:
    """The rows of a partition."""
    reader, found = Reader(settings.cluster), dict[bytes, bytes]()

    def load(_: int, records: Any) -> None:
        for record in records:
            found.pop(record.key, None)
            if record.value is not None:
                found[record.key] = record.value

    await reader.read(settings.topic(topics.CHANGELOG), {number: 0}, load)
    await reader.stop()
    return found


async def is_refused(settings: Settings, number: int) -> bool:
    """Whether a worker refuses to begin with a partition."""
    reader = Reader(settings.cluster)
    try:
        partition = Partition(number, await rows_of(settings, number))
        await agreement.check(reader, settings, TP(settings.topic(topics.CUSTOMER_ACTIVITY), number), partition)
    except Refusal as refusal:
        return "run `tiering rebuild`" in str(refusal)
    finally:
        await reader.stop()
    return False


@pytest.mark.usefixtures("small_bites")
async def test_killed_at_any_place_it_ends_where_it_would_have_ended(
    deployment: Deployment, twin: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (deployment, twin):
        await without_a_table(each)
    settings, chance, deaths = deployment.settings, random.Random(5), 0
    write = Transactions.write

    async def dying(self: Transactions, *rest: Any, **more: Any) -> Any:
        if chance.random() < 0.1:
            raise Killed
        written = await write(self, *rest, **more)
        if chance.random() < 0.1:
            raise Killed
        return written

    async def attempted(number: int) -> bool:
        attempt = Rebuild(settings, Fate(chance.randint(1, 12), dies))
        with monkeypatch.context() as patch:
            patch.setattr(Transactions, "write", dying)
            try:
                await attempt.partition(number)
            except Killed:
                return False
            finally:
                await attempt.stop()
        return True

    for number in range(settings.partitions):
        while not await attempted(number):
            deaths += 1
            row = (await rows_of(settings, number)).get(key_of(number))
            assert await is_refused(settings, number) == (row is None or partition_row.read(number, row).rebuilding is not None)
        assert not await is_refused(settings, number)

    assert deaths > 10
    assert rebuilt(twin)["announced"]
    assert await announced(deployment) == await announced(twin)
    assert await published(deployment) == await published(twin)
    assert of_any_log(await table(deployment)) == of_any_log(await table(twin))
    assert rebuilt(deployment)["announced"] == []


def of_any_log(rows: dict[bytes, Any]) -> dict[bytes, Any]:
    """A table as it would be of the same log elsewhere."""
    for row in rows.values():
        if isinstance(row, PartitionRow):
            row.log_id, row.read_at = None, 0
    return rows


class Overtaken(Rebuild):
    """At the n-th step a worker takes the partition."""

    def __init__(self, settings: Settings, worker: Transactions, place: int) -> None:
        super().__init__(settings, Fate(0, dies))
        self.worker, self.left = worker, place

    async def _write(self, partition: Any, *rest: Any, **more: Any) -> None:
        self.left -= 1
        if not self.left:
            await self.worker.open([partition.number])
        await super()._write(partition, *rest, **more)


@pytest.mark.usefixtures("small_bites")
@pytest.mark.parametrize("place", [1, 4, 9])
async def test_a_worker_that_takes_a_partition_shuts_the_rebuild_out(deployment: Deployment, place: int) -> None:
    await without_a_table(deployment)
    worker = Transactions(deployment.settings.cluster, deployment.settings.group("customers"))
    overtaken = Overtaken(deployment.settings, worker, place)

    with pytest.raises((ProducerFenced, InvalidProducerEpoch)):
        await overtaken.partition(0)

    await overtaken.stop()
    await worker.stop()
    assert await is_refused(deployment.settings, 0)


def started(deployment: Deployment) -> "subprocess.Popen[str]":
    """A rebuild under way."""
    command = [sys.executable, "-m", "service.commands.main", "rebuild"]
    return subprocess.Popen(command, env=deployment.environment(), stderr=subprocess.PIPE, text=True)


async def test_a_killed_process_goes_on(deployment: Deployment) -> None:
    await without_a_table(deployment)
    process = started(deployment)

    async def has_begun() -> bool:
        assert process.poll() is None, "it has ended too early for this test"
        return bool(await rows_of(deployment.settings, 0))

    await until(has_begun)
    process.send_signal(signal.SIGKILL)
    process.wait()

    process = started(deployment)
    assert process.stderr is not None
    while "rebuild-begun" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    stopped = logged(said)[-1]
    assert (stopped["event"], stopped["reason"]) == ("rebuild-stopped", "it was told to stop")

    done = deployment.tiering("rebuild", "--json")
    summary, (begun, *partitions, ended) = json.loads(done.stdout), logged(done.stderr)
    assert len(summary["partitions"]) == deployment.settings.partitions
    assert (begun["event"], begun["partitions"]) == (
        "rebuild-begun",
        f"{deployment.settings.topic(topics.CUSTOMER_ACTIVITY)} 0-3",
    )
    assert [{name: each[name] for name in summary["partitions"][0]} for each in partitions] == summary["partitions"]
    assert (ended["event"], ended["customers"]) == ("rebuild-ended", total(summary, "customers"))
    assert rebuilt(deployment)["announced"] == []
    assert logged(deployment.tiering("rebuild", "--dry-run").stderr) == []
