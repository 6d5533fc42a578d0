"""Real customers, real Kafka, real Redis: the Complete Journey events against their published truth."""

import csv
import gzip
import json
import random
import signal
import zlib
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

import service.laptop
from schemas import topics
from schemas.profile import Profile
from service.partition import Partition
from service.read_model import ReadModel
from service.replay import LogRecord
from tests.integration.conftest import POLICY, Deployment, until

DATA = Path(service.laptop.__file__).parent / "data"
ZONE = ZoneInfo("America/New_York")
TOPIC_OF = {"order.paid.v1": topics.ORDERS, "app.interaction.v1": topics.APP_INTERACTIONS}
INBOUND_PARTITIONS = {topics.ORDERS: 3, topics.APP_INTERACTIONS: 5, topics.FEEDBACK: 2}
CUTS = (date(2017, 8, 15), date(2017, 10, 1), date(2017, 11, 1))
Figures = tuple[int, int, int, str]
pytestmark = pytest.mark.integration


def events() -> list[tuple[date, str, bytes]]:
    """(business day, topic, value) of all events in the order of their times."""
    found = []
    with gzip.open(DATA / "complete-journey.jsonl.gz") as lines:
        for line in lines:
            event = json.loads(line)
            day = datetime.fromisoformat(event["time"]).astimezone(ZONE).date()
            found.append((day, TOPIC_OF[event["type"]], line.strip()))
    return found


def truth(cut: date) -> dict[str, Figures]:
    """Orders, purchase days, spend and last day of every household with an order up to a cut."""
    with gzip.open(DATA / "complete-journey.truth.csv.gz", "rt") as file:
        return {
            row["customer_id"]: (
                int(row["orders"]),
                int(row["purchase_days"]),
                round(float(row["monetary"]) * 100),
                row["last_local_date"],
            )
            for row in csv.DictReader(file)
            if row["cut_local_date"] == cut.isoformat()
        }


def figures(profile: Profile) -> Figures:
    """The same of a profile."""
    totals = profile.totals
    return totals.orders, totals.purchase_days, totals.spend_minor, str(totals.last_order_on)


async def create_inbound(deployment: Deployment) -> None:
    """Topics of producers: their own partition counts."""
    admin = AIOKafkaAdminClient(bootstrap_servers=deployment.settings.kafka)
    await admin.start()
    names = {deployment.settings.topic(name): count for name, count in INBOUND_PARTITIONS.items()}
    await admin.create_topics([NewTopic(name, count, 1) for name, count in names.items()])
    await admin.close()


async def send(deployment: Deployment, chosen: list[tuple[date, str, bytes]]) -> None:
    """Send as a foreign producer does: a partition by crc32 of the value, the key a store's."""
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, linger_ms=5)
    await producer.start()
    for _, topic, value in chosen:
        partition = zlib.crc32(value) % INBOUND_PARTITIONS[topic]
        await producer.send(deployment.settings.topic(topic), value, key=b"store-7", partition=partition)
    await producer.stop()


async def read(deployment: Deployment, name: str) -> list[Any]:
    """All committed records of a topic of the deployment."""
    consumer = AIOKafkaConsumer(bootstrap_servers=deployment.settings.kafka, isolation_level="read_committed")
    await consumer.start()
    tps = [TopicPartition(deployment.settings.topic(name), number) for number in range(deployment.settings.partitions)]
    consumer.assign(tps)
    await consumer.seek_to_beginning(*tps)
    end = await consumer.end_offsets(tps)
    found: list[Any] = []
    while any([await consumer.position(tp) < end[tp] for tp in tps]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            found += records
    await consumer.stop()
    return found


async def holds(model: ReadModel, expected: dict[str, Figures]) -> bool:
    """Whether Redis shows these figures for all of these households, and no order for any other."""
    shown = {customer: figures(profile) async for customer, profile in model.profiles() if profile.totals.orders}
    return shown == expected


async def test_profiles_equal_the_truth_at_all_three_cuts(deployment: Deployment) -> None:
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    model, before = ReadModel(deployment.settings), date.min

    for cut in CUTS:
        await send(deployment, [each for each in events() if before < each[0] <= cut])
        expected = truth(cut)
        await until(lambda: holds(model, expected))  # noqa: B023 - awaited before the next cut
        before = cut

    await model.stop()


async def test_a_killed_worker_changes_nothing(deployment: Deployment) -> None:
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    first = deployment.work("customers")
    for role in ("customers", "intake", "read-model"):
        deployment.work(role)
    model, cut = ReadModel(deployment.settings), CUTS[0]
    chosen = [each for each in events() if each[0] <= cut]

    async def half_way() -> bool:
        return sum([profile.totals.orders async for _, profile in model.profiles()]) > len(chosen) // 4

    await send(deployment, random.Random(7).sample(chosen, len(chosen)))
    await until(half_way)
    first.send_signal(signal.SIGKILL)
    await until(lambda: holds(model, truth(cut)), 150)
    await model.stop()
    deployment.stop()

    said: dict[str, list[bytes]] = defaultdict(list)
    for topic in (topics.TIER_CHANGES, topics.SEGMENT_CHANGES):
        for record in await read(deployment, topic):
            assert record.headers == (("content-type", b"application/cloudevents+json"),)
            said[record.key.decode()].append(record.value)
    assert said == await replayed(deployment)


async def replayed(deployment: Deployment) -> dict[str, list[bytes]]:
    """What the partition object, driven without Kafka over the same log, says: per customer, in the topics' order."""
    logs: dict[int, list[Any]] = defaultdict(list)
    for record in await read(deployment, topics.CUSTOMER_ACTIVITY):
        logs[record.partition].append(record)
    by_topic: dict[str, dict[str, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for number, records in logs.items():
        partition = Partition(number, {})
        for record in records:
            effects = [partition.apply([LogRecord(record.offset, record.key, record.value)])]
            while partition.due:
                effects.append(partition.catch_up(100))
            for topic, key, value in (each for effect in effects for each in effect.announcements):
                by_topic[topic][key.decode()].append(value)
    said: dict[str, list[bytes]] = defaultdict(list)
    for topic in (topics.TIER_CHANGES, topics.SEGMENT_CHANGES):
        for customer, values in by_topic[topic].items():
            said[customer] += values
    return said
