"""`tiering topics` on a real Kafka: made once, the same log id everywhere, every difference named."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas import codec, topics
from schemas.control import PolicyActivated
from service import admin
from service.domain.policy_file import parse_policy
from service.replay import activation_record
from service.startup import check
from tests.integration.conftest import POLICY, Deployment

pytestmark = pytest.mark.integration


async def log_of(deployment: Deployment) -> list[list[Any]]:
    """The values of each partition of the log."""
    settings = deployment.settings
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        tps = [TopicPartition(settings.topic(topics.CUSTOMER_ACTIVITY), number) for number in range(settings.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(tps)
        found: dict[TopicPartition, list[bytes]] = {tp: [] for tp in tps}
        while any(len(found[tp]) < ends[tp] for tp in tps):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                found[tp] += [record.value for record in records]
        return [found[tp] for tp in tps]
    finally:
        await consumer.stop()


def applied(deployment: Deployment, policy: Path = POLICY) -> "subprocess.CompletedProcess[str]":
    return deployment.tiering("topics", "apply", "--policy", str(policy))


async def test_a_log_begins_with_one_policy_and_one_id_and_a_second_apply_changes_nothing(deployment: Deployment) -> None:
    missing = deployment.tiering("topics", "check")
    assert missing.returncode == 1
    assert len([line for line in missing.stderr.splitlines() if line.endswith(" is missing")]) == len(topics.TOPICS)

    first = applied(deployment)
    assert (first.returncode, first.stdout) == (0, "")
    log = await log_of(deployment)
    begins = [codec.decode_activity(value) for values in log for value in values]
    assert len(begins) == deployment.settings.partitions
    assert all(isinstance(each, PolicyActivated) and each.data.text == POLICY.read_text() for each in begins)
    assert len({each.data.log_id for each in begins if isinstance(each, PolicyActivated)}) == 1

    assert applied(deployment).returncode == 0
    assert await log_of(deployment) == log
    assert await admin.check_topics(deployment.settings) == []
    assert (await check(deployment.settings)).data.text == POLICY.read_text()
    fine = deployment.tiering("topics", "check")
    assert (fine.returncode, fine.stdout) == (0, "")


async def test_another_policy_on_an_existing_log_is_refused(deployment: Deployment, tmp_path: Path) -> None:
    assert applied(deployment).returncode == 0
    log = await log_of(deployment)
    other = tmp_path / "other.toml"
    other.write_text(POLICY.read_text() + "\n# the same rules, other bytes\n")
    refused = applied(deployment, other)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "another policy" in refused.stderr
    assert await log_of(deployment) == log


async def test_a_half_made_log_is_finished_with_its_own_id(deployment: Deployment) -> None:
    settings = deployment.settings
    await make(deployment, topics.CUSTOMER_ACTIVITY, settings.partitions, {"retention.ms": "-1"})
    value = activation_record(parse_policy(POLICY.read_text()), "begun")
    await send(deployment, value, partition=1)
    assert applied(deployment).returncode == 0
    assert await log_of(deployment) == [[value]] * settings.partitions


async def test_partitions_of_different_logs_are_refused(deployment: Deployment) -> None:
    await make(deployment, topics.CUSTOMER_ACTIVITY, deployment.settings.partitions, {})
    for partition in range(2):
        value = activation_record(parse_policy(POLICY.read_text()), f"log {partition}")
        await send(deployment, value, partition=partition)
    refused = applied(deployment)
    assert (refused.returncode, "different logs" in refused.stderr) == (2, True)


async def test_what_is_no_log_is_refused(deployment: Deployment) -> None:
    await make(deployment, topics.CUSTOMER_ACTIVITY, deployment.settings.partitions, {})
    await send(deployment, b"not an event", partition=0)
    refused = applied(deployment)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "does not begin with a policy" in refused.stderr


async def test_check_names_each_difference_and_leaves_producers_their_topics(deployment: Deployment) -> None:
    settings = deployment.settings
    await make(deployment, topics.ORDERS, 7, {"cleanup.policy": "compact"})
    await make(deployment, topics.CHANGELOG, settings.partitions, {"cleanup.policy": "delete"})
    await make(deployment, topics.TIER_CHANGES, 1, {"retention.ms": "1000"})
    assert applied(deployment).returncode == 0
    changelog, tiers = settings.topic(topics.CHANGELOG), settings.topic(topics.TIER_CHANGES)
    assert await admin.check_topics(settings) == [
        f"{changelog} has cleanup.policy=delete, it has to be compact",
        f"{changelog} has message.timestamp.type=CreateTime, it has to be LogAppendTime",
        f"{tiers} has 1 partitions, TIERING_PARTITIONS is 4",
        f"{tiers} has message.timestamp.type=CreateTime, it has to be LogAppendTime",
        f"{tiers} has retention.ms=1000, it has to be 2592000000",
    ]
    result = deployment.tiering("topics", "check")
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 5)


async def make(deployment: Deployment, name: str, partitions: int, configuration: dict[str, str]) -> None:
    """A topic that somebody else made."""
    client = AIOKafkaAdminClient(bootstrap_servers=deployment.settings.kafka)
    await client.start()
    try:
        await client.create_topics([NewTopic(deployment.settings.topic(name), partitions, 1, topic_configs=configuration)])
    finally:
        await client.close()


async def send(deployment: Deployment, value: bytes, *, partition: int) -> None:
    """A record into the log."""
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka)
    await producer.start()
    try:
        await producer.send_and_wait(deployment.settings.topic(topics.CUSTOMER_ACTIVITY), value, partition=partition)
    finally:
        await producer.stop()
