"""The runbook's Restore: each loss is brought about, the page's commands are run as they stand there, and all is as it was.

All on one deployment in wall time, one loss after the other. What it must come to a partition object tells that reads the log.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from click.testing import CliRunner

from schemas import topics
from schemas.profile import Profile
from service.app import ROLES
from service.commands.main import tiering
from service.partition import Partition
from service.stored_profiles import StoredProfiles
from tests.integration.conftest import Deployment, until
from tests.integration.test_complete_journey import read
from tests.integration.test_dead_letters import send
from tests.integration.test_rebuild import announced, lose, names_of, published
from tests.integration.test_runbook import COFFEE, Block, Page, blocks, missing, order

pytestmark = pytest.mark.integration
Copy = Mapping[int, Sequence[Any]]
"""Records of a topic, by partition."""
Said = Sequence[dict[str, Any]]
"""Announcements."""


class Restored(Page):
    """A deployment at work, to which things happen."""

    heard: Said = ()
    """Announcements that only their readers have any more."""

    async def begin(self) -> Said:
        """A history, workers, and orders that they have dealt with; what was announced."""
        (self.directory / "first-policy.toml").write_text(COFFEE, encoding="utf-8")
        with (self.directory / "history.jsonl").open("ab") as history:  # of customers who would be silver under the next policy
            for number in range(24):
                history.write(b"\n" + order(next(NUMBERS), f"old-{number % 6}", days=80 - number / 6))
        for block in blocks()[:2]:  # Install
            await self.run(block)
        return await self.at_rest()

    async def follow(self, case: str) -> None:
        """What the page says of a loss."""
        for block in blocks(case):
            said = await self.run(block)
            assert not list(missing(said, block.said))

    async def buy(self, *customers: str, amount: int = 1) -> None:
        """Orders by the producers, of this moment."""
        orders = [order(next(NUMBERS), customer, seconds=0) for customer in customers for _ in range(amount)]
        had = len(await read(self.deployment, topics.CUSTOMER_ACTIVITY))
        await send(self.deployment.settings, [(value, b"till") for value in orders])

        async def forwarded() -> bool:
            return len(await read(self.deployment, topics.CUSTOMER_ACTIVITY)) >= had + len(orders)

        await until(forwarded)

    async def at_rest(self) -> Said:
        """Everything that was announced, when the profiles are those of the log, and Redis has them and no others.

        Each announcement was made once, none is missing among its customer's, and the profiles say the same.
        """
        await until(self._caught_up)
        await until(self._shown)
        said = [*self.heard, *await announced(self.deployment)]
        assert [each for each, count in Counter(each["id"] for each in said).items() if count > 1] == []
        newest = {each["subject"]: each["sequence"] for each in said}
        assert {customer: shown.sequence for customer, shown in (await published(self.deployment)).items()} == newest
        assert len(said) == sum(newest.values())
        return said

    async def intake_has_nothing_left(self) -> None:
        """What the page has people wait for."""

        def nothing_waits() -> bool:
            said = CliRunner().invoke(tiering, ["doctor", "--role", "intake"], env=self.deployment.environment()).output
            return re.search("lag: intake +nothing waits", said) is not None

        await until(lambda: asyncio.to_thread(nothing_waits))

    async def stands_still(self, *roles: str) -> None:
        """Workers have ended, before something happens."""
        for role in roles:
            self.running[role].terminate()
        for role in roles:
            assert await asyncio.to_thread(self.running[role].wait, 120) in self.ends

    async def _shown(self) -> bool:
        shown = await published(self.deployment)
        if names_of(shown) != names_of(await self._right()):
            return False
        model = StoredProfiles(self.deployment.settings)
        try:
            return {customer: profile async for customer, profile in model.profiles()} == shown
        finally:
            await model.stop()

    async def _right(self) -> dict[str, Profile]:
        found: dict[str, Profile] = {}
        for number, records in by_partition(await read(self.deployment, topics.CUSTOMER_ACTIVITY)).items():
            partition = Partition(number, {}, mode="wall")
            partition.apply(records)
            while partition.due:
                partition.catch_up(1_000)
            found |= dict(partition.profiles(partition.day))
        return found


NUMBERS = iter(range(1_000, 9_000))


def by_partition(records: Sequence[Any]) -> dict[int, list[Any]]:
    """In their order."""
    found: dict[int, list[Any]] = {}
    for record in records:
        found.setdefault(record.partition, []).append(record)
    return found


async def mirror(deployment: Deployment, name: str) -> Copy:
    """What a mirror has of a topic at this moment."""
    return by_partition(await read(deployment, name))


async def bring_back(deployment: Deployment, name: str, copy: Copy) -> None:
    """The topic as the plan has it, with what the mirror has."""
    settings = deployment.settings
    [planned] = [topic for topic in topics.TOPICS if topic.name == name]
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(settings.topic(name), settings.partitions, 1, topic_configs=planned.configuration())])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for number, records in copy.items():
            for record in records:
                await producer.send(
                    settings.topic(name), record.value, key=record.key, partition=number, headers=list(record.headers)
                )


async def test_what_was_lost_comes_back(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deployment.settings = replace(deployment.in_time("wall"), redis=deployment.settings.redis.replace("/0", "/1"))
    page = Restored(deployment, tmp_path)
    said = await page.begin()
    for happens in (redis_is_emptied, changelog_is_deleted, profiles_are_deleted, log_is_deleted, kafka_is_gone):
        said = await happens(page, said)


async def redis_is_emptied(page: Restored, before: Said) -> Said:
    client = page.deployment.settings.redis_client()
    await client.flushdb()
    await client.aclose()
    assert await page.at_rest() == before
    return before


async def changelog_is_deleted(page: Restored, before: Said) -> Said:
    await page.stands_still("customers")
    await lose(page.deployment, topics.CHANGELOG)
    await page.buy("c-1", "new-1")

    await page.follow("changelog")

    now = await page.at_rest()
    assert {each["subject"] for each in new(before, now)} >= {"new-1"}
    assert {each["data"]["reason"] for each in new(before, now)} <= {"enrolled", "order"}
    return now


async def profiles_are_deleted(page: Restored, before: Said) -> Said:
    await page.stands_still("customers", "read-model")
    await lose(page.deployment, topics.CUSTOMER_PROFILES)

    await page.follow("profiles")

    assert await page.at_rest() == before
    return before


async def log_is_deleted(page: Restored, before: Said) -> Said:
    """After the mirror's end tiers have changed, by orders and by other rules. It has no tick; and intake begins long before."""
    await page.buy(*(f"c-{number}" for number in range(3, 40)))
    log = await mirror(page.deployment, topics.CUSTOMER_ACTIVITY)
    copy = {number: [each for each in records if b"clock.ticked" not in each.value] for number, records in log.items()}
    begun = min(each.timestamp for records in log.values() for each in records if b"clock.ticked" in each.value)
    page.here["2026-11-26T02:00:00.000"] = datetime.fromtimestamp(begun / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000")
    await page.run(Block(["tiering policy activate next-policy.toml"], []))
    await page.buy("c-1", "c-2", "new-2", amount=5)
    before = await page.at_rest()

    stopping, *others = blocks("log")
    await page.run(stopping)
    await lose(page.deployment, topics.CUSTOMER_ACTIVITY)
    await bring_back(page.deployment, topics.CUSTOMER_ACTIVITY, copy)
    for block in others:
        said = await page.run(block)
        if "start intake" in block.commands:
            await page.intake_has_nothing_left()

    assert "nothing would be announced" in said
    assert "nothing was announced" in said
    assert await page.at_rest() == before
    return before


async def kafka_is_gone(page: Restored, before: Said) -> Said:
    """What was announced is in consumers only."""
    copies = {name: await mirror(page.deployment, name) for name in (topics.CUSTOMER_ACTIVITY, topics.CUSTOMER_PROFILES)}
    await page.stands_still(*ROLES)
    await lose(page.deployment, *(topic.name for topic in topics.TOPICS))
    for name, copy in copies.items():
        await bring_back(page.deployment, name, copy)

    await page.follow("kafka")

    page.heard = before
    assert await page.at_rest() == before
    await page.buy("c-3", "new-3")
    now = await page.at_rest()
    assert {each["data"]["reason"] for each in new(before, now)} <= {"enrolled", "order"}
    return now


def new(before: Said, now: Said) -> Said:
    """What was announced since; what was announced before is still there."""
    ids = {each["id"] for each in before}
    assert [each for each in now if each["id"] in ids] == list(before)
    return [each for each in now if each["id"] not in ids]
