"""A damaged row on a real Kafka: one customer is quarantined, shown with the reason, and released with all his events."""

import json
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from schemas import topics
from service.faust_safe.reader import Reader
from service.partitioner import partition_for
from service.stored_profiles import StoredProfiles
from tests import builders
from tests.integration.conftest import Deployment, until
from tests.integration.test_complete_journey import read
from tests.integration.test_dead_letters import code_of, letters, send
from tests.integration.test_time_and_policy import applied, tier_changes

pytestmark = pytest.mark.integration


async def damage(deployment: Deployment, customer: str) -> None:
    """Another byte in his row."""
    settings, key = deployment.settings, customer.encode()
    number, topic = partition_for(key, settings.partitions), settings.topic(topics.CHANGELOG)
    reader = Reader(settings.cluster)
    row = await reader.newest(topic, number, key)
    await reader.stop()
    assert row is not None
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        await producer.send_and_wait(topic, row[:-1] + bytes([row[-1] ^ 1]), key=key, partition=number)


def shown(deployment: Deployment, customer: str) -> dict[str, Any]:
    """`tiering customers show --json`."""
    result = deployment.tiering("customers", "show", customer, "--json")
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


async def test_a_damaged_row_is_quarantined_shown_and_made_anew(deployment: Deployment) -> None:
    applied(deployment)
    deployment.work("intake")
    worker = deployment.work("customers")
    deployment.work("read-model")
    await send(deployment.settings, [(builders.order(0, 300, id=f"{who}", customer=who), b"k") for who in "abcde"])
    await until(lambda: all_enrolled(deployment))
    worker.terminate()
    assert worker.wait(120) == 0
    await damage(deployment, "a")
    deployment.work("customers")
    await send(deployment.settings, [(builders.order(2, 300, id=f"{who}2", customer=who), b"k") for who in "abcde"])

    async def his_letter() -> bool:
        found = await letters(deployment.settings, topics.CUSTOMER_ACTIVITY, deployment.settings.partitions)
        return [(code_of(each), each.key) for each in found] == [("customer-quarantined", b"a")]

    await until(his_letter)
    assert "checksum" in shown(deployment, "a")["quarantined"]["reason"]
    assert shown(deployment, "b")["quarantined"] is None
    assert deployment.tiering("customers", "release", "b").returncode == 1
    assert deployment.tiering("customers", "show", "nobody").returncode == 1

    released = deployment.tiering("customers", "release", "a")

    assert released.returncode == 0, released.stderr
    model = StoredProfiles(deployment.settings)

    async def whole() -> bool:
        profile = await model.profile("a")
        return profile is not None and (profile.totals.orders, profile.tiers["membership"].tier) == (2, "silver")

    await until(whole)
    await model.stop()
    assert (await tier_changes(deployment))["a"] == [(None, "regular", "enrolled"), ("regular", "silver", "rebuild")]
    assert (await tier_changes(deployment))["b"] == [(None, "regular", "enrolled"), ("regular", "silver", "order")]
    assert shown(deployment, "a")["quarantined"] is None
    replayed = deployment.tiering("dead-letters", "replay", "--code", "customer-quarantined", "--customer", "a", "--yes")
    assert replayed.returncode == 0, replayed.stderr
    await send(deployment.settings, [(builders.interaction(3, "app-open", id="last", customer="a"), b"k")])
    await until(lambda: engaged(deployment, "a"))
    assert shown(deployment, "a")["profile"]["totals"]["orders"] == 2


async def all_enrolled(deployment: Deployment) -> bool:
    """Whether each of the five has a tier."""
    return len({record.key for record in await read(deployment, topics.TIER_CHANGES)}) == 5


async def engaged(deployment: Deployment, customer: str) -> bool:
    """Whether his last interaction has been counted."""
    return bool(shown(deployment, customer)["profile"]["engagement"])
