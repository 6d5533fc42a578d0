"""What must be refused: damage to topics and rows that a worker has to notice at its start, and the sentence it ends with."""

import asyncio
import subprocess
import zlib
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from schemas import topics
from service import admin
from service.exit_codes import WRONG_USE
from service.rows.partition_row import key_of
from tests.chaos import kept
from tests.chaos.fleet import Worker
from tests.chaos.reading import records
from tests.chaos.scene import Scene
from tests.chaos.verdict import Verdict

END_SECONDS = 40.0
WRITTEN = (topics.CHANGELOG, topics.CUSTOMER_PROFILES, topics.TIER_CHANGES, topics.CUSTOMER_ACTIVITY)
"""Where a worker that refuses must leave nothing."""
Damage = Callable[[Scene], Awaitable[None]]


class Refused(NamedTuple):
    """A damage, and words that the worker's last sentence must have: what is wrong, and the command that mends it."""

    damage: Damage
    words: tuple[str, ...]


REBUILT = ("changelog-deleted", "damaged-partition-row", "partition-row-missing")
"""Damages after which the log is whole: `tiering rebuild` mends them, and that is tried."""
refusals: dict[str, Refused] = {}


def refused(*words: str) -> Callable[[Damage], Damage]:
    """Enter a damage under its name."""

    def enter(damage: Damage) -> Damage:
        refusals[damage.__name__.replace("_", "-")] = Refused(damage, words)
        return damage

    return enter


async def compare_refusal(scene: Scene, name: str, verdict: Verdict) -> None:
    """Damage a deployment whose workers have ended, start one of the customers' again, and see it refuse."""
    damage, words = refusals[name]
    await damage(scene)
    before = await _written(scene)
    worker = Worker("customers", 9, scene.settings, scene.directory)
    worker.start()
    code = await _end(worker)
    said = worker.log.read_text(errors="replace").strip().splitlines()[-12:]
    if code != WRONG_USE:
        verdict.find("not refused", f"exit code {code}: {said[-3:]}")
    last = " ".join(said)
    for word in words:
        if word not in last:
            verdict.find("the sentence does not say", f"{word!r}: {said[-3:]}")
    if await _written(scene) != before:
        verdict.find("a worker that refused has written", name)
    verdict.count("refusals")


async def _end(worker: Worker) -> int | None:
    assert worker.process is not None
    try:
        return await asyncio.to_thread(worker.process.wait, END_SECONDS)
    except subprocess.TimeoutExpired:
        worker.process.kill()
        return None


async def _written(scene: Scene) -> dict[str, int]:
    names = [scene.settings.topic(name) for name in WRITTEN]
    present = await _topics(scene)
    return {name: len(await records(scene.settings.kafka, [name])) for name in names if name in present}


# Topics


@refused("is missing", "tiering topics apply")
async def changelog_missing(scene: Scene) -> None:
    """The changelog is deleted."""
    await _delete(scene, topics.CHANGELOG)


@refused("the changelog was deleted or cut", "tiering rebuild")
async def changelog_deleted(scene: Scene) -> None:
    """The changelog is deleted, and made anew without a row."""
    await _delete(scene, topics.CHANGELOG)
    await admin.apply(scene.settings, scene.policy)


@refused("but the rows have read up to", "tiering rebuild")
async def log_recreated(scene: Scene) -> None:
    """The log is deleted, and made anew."""
    await _delete(scene, topics.CUSTOMER_ACTIVITY)
    await admin.apply(scene.settings, scene.policy)


@refused("is another log", "tiering rebuild")
async def log_recreated_and_long(scene: Scene) -> None:
    """The same, and it has grown as long as it was."""
    name = scene.settings.topic(topics.CUSTOMER_ACTIVITY)
    old = await records(scene.settings.kafka, [name])
    await log_recreated(scene)
    await _write(scene, name, [(record.partition, record.key, record.value) for record in old if record.offset > 0])
    await _write(scene, name, [(number, b"c-1", b"{}") for number in range(scene.settings.partitions) for _ in range(3)])


@refused("does not begin with", "tiering topics apply")
async def log_cut(scene: Scene) -> None:
    """The first records of the log are deleted."""
    client = AIOKafkaAdminClient(bootstrap_servers=scene.settings.kafka)
    await client.start()
    name = scene.settings.topic(topics.CUSTOMER_ACTIVITY)
    await client.delete_records({TopicPartition(name, number): RecordsToDelete(5) for number in range(4)})
    await client.close()


@refused("has 6 partitions and TIERING_PARTITIONS is 4", "tiering backfill")
async def partition_count_raised(scene: Scene) -> None:
    """Somebody gave the log more partitions."""
    client = AIOKafkaAdminClient(bootstrap_servers=scene.settings.kafka)
    await client.start()
    await client.create_partitions({scene.settings.topic(topics.CUSTOMER_ACTIVITY): NewPartitions(6)})
    await client.close()


@refused("records are missing", "tiering rebuild")
async def log_with_a_hole(scene: Scene) -> None:
    """Somebody wrote into the log in a transaction, whose marker takes an offset."""
    producer = AIOKafkaProducer(bootstrap_servers=scene.settings.kafka, transactional_id="somebody")
    await producer.start()
    name = scene.settings.topic(topics.CUSTOMER_ACTIVITY)
    for _ in range(2):
        async with producer.transaction():
            for number in range(scene.settings.partitions):
                await producer.send_and_wait(name, b"{}", partition=number)
    await producer.stop()


# Rows


@refused("version 9", "upgrade first")
async def row_of_a_future_version(scene: Scene) -> None:
    """A newer service wrote a row."""
    await alter_a_row(scene, future)


@refused("the row of partition", "can't be read", "tiering rebuild")
async def damaged_partition_row(scene: Scene) -> None:
    """A partition's own row is damaged."""
    await _write(scene, scene.settings.topic(topics.CHANGELOG), [(1, key_of(1), b"\x01damaged")])


@refused("no row of its own", "tiering rebuild")
async def partition_row_missing(scene: Scene) -> None:
    """A partition's own row is gone."""
    await _write(scene, scene.settings.topic(topics.CHANGELOG), [(1, key_of(1), None)])


def future(row: bytes) -> bytes:
    """A good row of version 9: the checksum stands behind the version, and is of all that follows."""
    return b"\x09" + zlib.crc32(row[5:], 9).to_bytes(4, "little") + row[5:]


async def alter_a_row(scene: Scene, alter: Callable[[bytes], bytes]) -> str:
    """Write a row anew, altered; whose it is."""
    number, stored = next(iter((await kept.rows(scene.settings)).items()))
    key = max(stored)
    await _write(scene, scene.settings.topic(topics.CHANGELOG), [(number, key, alter(stored[key]))])
    return key.decode()


async def _write(scene: Scene, name: str, written: list[tuple[int, bytes | None, bytes | None]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=scene.settings.kafka)
    await producer.start()
    for number, key, value in written:
        await producer.send(name, value, key=key, partition=number)
    await producer.stop()


async def _topics(scene: Scene) -> set[str]:
    client = AIOKafkaAdminClient(bootstrap_servers=scene.settings.kafka)
    await client.start()
    try:
        return set(await client.list_topics())
    finally:
        await client.close()


async def _delete(scene: Scene, name: str) -> None:
    client = AIOKafkaAdminClient(bootstrap_servers=scene.settings.kafka)
    await client.start()
    await client.delete_topics([scene.settings.topic(name)])
    await client.close()
    for _ in range(50):
        await asyncio.sleep(0.2)  # for the files to be gone too
        if scene.settings.topic(name) not in await _topics(scene):
            return
