"""A customer is erased on a real Kafka and Redis: nothing of him is left where the service keeps things, till he comes back."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from schemas import topics
from tests import builders
from tests.integration.conftest import Deployment, until
from tests.integration.test_complete_journey import read
from tests.integration.test_dead_letters import changed, send
from tests.integration.test_rebuild import announced, rebuilt, stopped
from tests.integration.test_time_and_policy import applied

WHO = "canary-4711"
pytestmark = pytest.mark.integration


def order(id: str, customer: str, **ago: float) -> tuple[bytes, bytes]:
    """An order of so long ago."""
    at = datetime.now(UTC) - timedelta(**ago)
    return changed(builders.order(0, 600, id=id, customer=customer), time=at.isoformat()), b"k"


async def in_redis(deployment: Deployment, needle: str) -> list[bytes]:
    """The keys that have it, or have something with it in it."""
    redis, text = Redis.from_url(deployment.settings.redis), needle.encode()
    kept = {key: await redis.get(key) or b"" async for key in redis.scan_iter(match=f"{deployment.settings.topic_prefix}*")}
    await redis.aclose()
    return [key for key, value in kept.items() if text in key + value]


async def newest(deployment: Deployment, topic: str) -> dict[bytes, bytes | None]:
    """What compaction would leave of a topic."""
    return {record.key: record.value for record in await read(deployment, topic)}


async def his(deployment: Deployment) -> list[dict[str, Any]]:
    """What was announced of him."""
    return [each for each in await announced(deployment) if each["subject"] == WHO]


async def test_nothing_of_him_is_left_and_a_rebuild_finds_no_difference(deployment: Deployment) -> None:
    deployment.settings = deployment.in_time("wall")
    applied(deployment)
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    await send(deployment.settings, [order("1", WHO, hours=2), order("2", "b", hours=2)])
    await until(lambda: in_redis(deployment, WHO))
    before = await his(deployment)

    looked = deployment.tiering("customers", "erase", WHO, "--dry-run")
    assert (looked.returncode, f"a published profile, {len(before)} announcements" in looked.stderr) == (0, True), looked.stderr
    assert deployment.tiering("customers", "erase", WHO).returncode == 2  # nobody can be asked
    assert await in_redis(deployment, WHO)
    done = deployment.tiering("customers", "erase", WHO, "--yes", "--wait", "60")

    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, f"{WHO} is erased"), done.stderr
    await until(lambda: not_in_redis(deployment))
    assert await in_redis(deployment, '"totals"')  # the other one's
    for topic in (topics.CHANGELOG, topics.CUSTOMER_PROFILES):
        kept = await newest(deployment, topic)
        assert kept.pop(WHO.encode()) is None
        assert not [key for key, value in kept.items() if WHO.encode() in key + (value or b"")]
    shown = deployment.tiering("customers", "show", WHO)
    assert (shown.returncode, "he was erased" in shown.stderr) == (1, True)

    await send(deployment.settings, [order("1", WHO, hours=2), order("3", WHO, hours=1), order("4", WHO, seconds=0)])
    await until(lambda: in_redis(deployment, WHO))
    shown = deployment.tiering("customers", "show", WHO, "--json")
    assert json.loads(shown.stdout)["profile"]["totals"]["orders"] == 1  # what happened before the erasure does not count
    said = await his(deployment)
    assert [each["sequence"] for each in said] == list(range(1, len(said) + 1))
    assert said[len(before)]["data"]["reason"] == "enrolled"

    assert deployment.tiering("customers", "erase", WHO, "--yes", "--wait", "60").returncode == 0
    again = deployment.tiering("customers", "erase", WHO, "--yes", "--wait", "60")
    assert (again.returncode, "no row, no published profile; he was erased before" in again.stderr) == (0, True), again.stderr
    await until(lambda: not_in_redis(deployment))
    await stopped(deployment)
    unread = deployment.tiering("customers", "erase", WHO, "--yes", "--wait", "0.1")
    assert (unread.returncode, "it is done when one has" in unread.stderr) == (1, True), unread.stderr
    summary = rebuilt(deployment)
    assert [(each["customers_announced"], each["profiles"], each["erased"]) for each in summary["partitions"]] == [
        (0, 0, 0) for _ in range(deployment.settings.partitions)
    ]
    assert await his(deployment) == said


async def not_in_redis(deployment: Deployment) -> bool:
    """Whether Redis has nothing of him."""
    return not await in_redis(deployment, WHO)
