"""Real customers, real Kafka, real Redis: the Complete Journey events against their published truth."""

import random
import signal
import zlib
from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas import topics
from service.demo.journey import CUTS, Figures, Sent, events, figures, truth
from service.demo.lags import Lags
from service.partition import Partition
from service.replay import LogRecord
from service.stored_profiles import StoredProfiles
from tests.integration.conftest import POLICY, Deployment, until

PORTION = 500
INBOUND_PARTITIONS = {topics.ORDERS: 3, topics.APP_INTERACTIONS: 5, topics.FEEDBACK: 2}
pytestmark = pytest.mark.integration


async def create_inbound(deployment: Deployment) -> None:
    """Topics of producers: their own partition counts."""
    admin = AIOKafkaAdminClient(bootstrap_servers=deployment.settings.kafka)
    await admin.start()
    names = {deployment.settings.topic(name): count for name, count in INBOUND_PARTITIONS.items()}
    await admin.create_topics([NewTopic(name, count, 1) for name, count in names.items()])
    await admin.close()


async def send(deployment: Deployment, chosen: list[Sent]) -> None:
    """Send as a foreign producer does: a partition by crc32 of the value, the key a store's."""
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, linger_ms=5)
    await producer.start()
    for sent in chosen:
        partition = zlib.crc32(sent.value) % INBOUND_PARTITIONS[sent.topic]
        await producer.send(deployment.settings.topic(sent.topic), sent.value, key=b"store-7", partition=partition)
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


async def holds(model: StoredProfiles, expected: dict[str, Figures]) -> bool:
    """Whether Redis shows these figures for all of these households, and no order for any other."""
    shown = {customer: figures(profile) async for customer, profile in model.profiles() if profile.totals.orders}
    return shown == expected


async def test_profiles_equal_the_truth_at_all_three_cuts(deployment: Deployment) -> None:
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    model, lags, before = StoredProfiles(deployment.settings), Lags(deployment.settings), date.min
    await lags.start()

    async def intake_follows() -> bool:
        lag = await lags.of("intake")
        return lag is not None and lag.waiting < PORTION

    for cut in CUTS:
        sent = [each for each in events() if before < each.day <= cut]
        # Topics in which intake is far behind make each other's events late, and a late one costs a hundred others.
        for begin in range(0, len(sent), PORTION):
            await send(deployment, sent[begin : begin + PORTION])
            await until(intake_follows)
        expected = truth(cut)
        await until(lambda: holds(model, expected))  # noqa: B023 - awaited before the next cut
        before = cut

    await lags.stop()
    await model.stop()


def is_one_of_a_few(customer: str) -> bool:
    """A third of the households: in a random order nearly all events are late."""
    return zlib.crc32(customer.encode()) % 3 == 0


async def test_a_killed_worker_changes_nothing(deployment: Deployment) -> None:
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    first = deployment.work("customers")
    for role in ("customers", "intake", "read-model"):
        deployment.work(role)
    model, cut = StoredProfiles(deployment.settings), CUTS[0]
    chosen = [each for each in events() if each.day <= cut and is_one_of_a_few(each.customer_id)]
    expected = {customer: figures for customer, figures in truth(cut).items() if is_one_of_a_few(customer)}

    async def half_way() -> bool:
        return sum([profile.totals.orders async for _, profile in model.profiles()]) > len(chosen) // 4

    await send(deployment, random.Random(7).sample(chosen, len(chosen)))
    await until(half_way)
    first.send_signal(signal.SIGKILL)
    await until(lambda: holds(model, expected))
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
