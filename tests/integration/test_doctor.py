"""`tiering doctor` on a real Kafka and Redis: what is broken is named with a step; it is taken, and all is well."""

import json
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from redis.asyncio import Redis

from schemas import topics
from service.doctor import address
from service.doctor.examination import examine
from service.doctor.finding import Finding, Status, exit_code
from service.exit_codes import NOT_REACHABLE, WRONG_USE
from service.laptop.process import free_port
from tests import builders
from tests.builders import POLICY
from tests.integration.conftest import Deployment, until
from tests.integration.test_dead_letters import send
from tests.integration.test_time_and_policy import applied, written

pytestmark = pytest.mark.integration
SECONDS = 120.0
ROLES = ("intake", "customers", "read-model")


async def examined(deployment: Deployment, **changed: str) -> dict[str, list[Finding]]:
    """The findings by check, in the deployment's environment and with other variables."""
    environment = {name: value for name, value in deployment.environment().items() if name in NAMES} | changed
    found: dict[str, list[Finding]] = defaultdict(list)
    async for each in examine(environment, None):
        found[each.check].append(each)
    return found


NAMES = {f"TIERING_{name}" for name in ("KAFKA", "REDIS", "TOPIC_PREFIX", "PARTITIONS", "TIME")}


def bad(found: Mapping[str, list[Finding]], check: str) -> Finding:
    """The one finding of a check, which failed."""
    [finding] = found[check]
    assert finding.status == Status.FAIL, finding
    assert finding.do
    return finding


def is_ok(found: Mapping[str, list[Finding]], *checks: str) -> bool:
    """Whether nothing is said against these."""
    return all(each.status == Status.OK for check in checks for each in found[check]) and all(found[check] for check in checks)


def code(found: Mapping[str, list[Finding]]) -> int:
    return exit_code(each for findings in found.values() for each in findings)


async def all_well(deployment: Deployment) -> bool:
    """Whether every check is content."""
    return is_ok(found := await examined(deployment), *found)


@asynccontextmanager
async def admin(deployment: Deployment) -> AsyncIterator[Any]:
    client = deployment.settings.cluster.admin()
    await client.start()
    yield client
    await client.close()


async def altered(deployment: Deployment, topic: str, settings: dict[str, str]) -> None:
    """What kafka-configs.sh does, all of the topic's settings being named."""
    async with admin(deployment) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])


NEWER = POLICY.replace("version = 1", "version = 2", 1)


async def test_a_deployment_that_is_only_half_made(deployment: Deployment) -> None:
    found = await examined(deployment)
    missing = bad(found, "topics")
    assert (missing.do, code(found)) == ("`tiering topics apply --policy FILE`", 1)
    assert found["log"] == [Finding("log", Status.SKIPPED, "topics are missing, or not to be seen")]

    applied(deployment, NEWER)
    found = await examined(deployment)
    assert is_ok(
        found, "kafka", "version", "clock", "topics", "replication", "log", "policy", "quarantine", "dead letters", "redis"
    )
    assert "one log" in found["log"][0].found
    [filling] = found["read model"]
    assert (filling.status, "partitions 0-3 being filled" in filling.found) == (Status.WARN, True)

    name = deployment.settings.topic(topics.TIER_CHANGES)
    await altered(deployment, name, {"retention.ms": "1000", "message.timestamp.type": "LogAppendTime"})
    other = bad(await examined(deployment), "topics")
    assert f"{name} has retention.ms=1000, it has to be 2592000000" in other.found
    command = re.search(r"--entity-name (\S+) --add-config (\S+)=(\S+)`", str(other.do))
    assert command
    await altered(deployment, command[1], {command[2]: command[3], "message.timestamp.type": "LogAppendTime"})
    assert is_ok(await examined(deployment), "topics")

    found = await examined(deployment, TIERING_PARTITIONS="8")
    assert "are of 4 partitions, TIERING_PARTITIONS is 8" in bad(found, "topics").found
    mended = re.match(r"set (TIERING_PARTITIONS) to (4) if", str(bad(found, "topics").do))
    assert mended
    assert is_ok(await examined(deployment, **{mended[1]: mended[2]}), "topics", "log")
    await _another_policy_file(deployment)


async def _another_policy_file(deployment: Deployment) -> None:
    changed = await _with(deployment, NEWER + "\n# another content\n")
    assert (changed.status, "give the changed policy a higher version" in str(changed.do)) == (Status.FAIL, True)
    assert (await _with(deployment, NEWER.replace("version = 2", "version = 3", 1))).status == Status.OK
    older = await _with(deployment, POLICY)
    assert (older.status, "older than test@2" in older.found) == (Status.WARN, True)
    assert "give the workers test@2" in str(older.do)
    assert (await _with(deployment, NEWER)).found.endswith("test@2, the one in force")


async def _with(deployment: Deployment, text: str) -> Finding:
    """What is found of a policy file with this text."""
    [finding] = (await examined(deployment, TIERING_POLICY=written(deployment.directory, text)))["policy file"]
    return finding


async def test_settings_that_lead_elsewhere(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await examined(deployment, TIERING_KAFAK="k:9092")
    assert "TIERING_KAFKA" in str(bad(found, "settings").do)
    assert is_ok(await examined(deployment), "settings")

    assert code(await examined(deployment, TIERING_PARTITIONS="many")) == WRONG_USE

    closed = f"127.0.0.1:{free_port()}"
    found = await examined(deployment, TIERING_KAFKA=closed)
    assert bad(found, "kafka").found == f"{closed}: the port is closed"
    assert found["topics"] == [Finding("topics", Status.SKIPPED, "Kafka is not reachable")]
    assert code(found) == NOT_REACHABLE
    assert is_ok(await examined(deployment), "kafka")

    with monkeypatch.context() as patched:
        patched.setattr(address, "SECONDS", 1.0)
        found = await examined(deployment, TIERING_KAFKA=deployment.settings.redis.split("/")[2])
        assert "takes the connection and says nothing" in bad(found, "kafka").found  # Redis waits for the end of a line

    found = await examined(deployment, TIERING_REDIS=f"redis://:canary@{closed}/0")
    assert bad(found, "redis").found == f"{closed}: the port is closed"
    assert found["read model"] == [Finding("read model", Status.SKIPPED, "Redis is not reachable")]
    assert code(found) == NOT_REACHABLE
    assert "canary" not in str(found)


async def test_a_redis_that_drops_keys(deployment: Deployment) -> None:
    client: Any = Redis.from_url(deployment.settings.redis)
    try:
        await client.config_set("maxmemory", str(1 << 30))
        await client.config_set("maxmemory-policy", "allkeys-lru")
        dropping = bad(await examined(deployment), "redis")
        assert "maxmemory-policy allkeys-lru" in dropping.found
        mended = re.search(r"`redis-cli (CONFIG SET maxmemory-policy \S+)`", str(dropping.do))
        assert mended
        await client.execute_command(*mended[1].split())
        assert is_ok(await examined(deployment), "redis")
    finally:
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", "0")
        await client.aclose()


async def standing(deployment: Deployment) -> dict[str, Any]:
    """All that a doctor could have moved: the ends of all topics (Kafka's own of groups and transactions too), groups, Redis.

    But for up to when the read model has read: it says that once a second.
    """
    redis: Any = Redis.from_url(deployment.settings.redis)
    keys = [key async for key in redis.scan_iter() if b"read-model:read-to:" not in key]
    held = dict(zip(keys, await redis.mget(keys), strict=True))
    await redis.aclose()
    async with admin(deployment) as client, deployment.settings.cluster.consumer() as consumer:
        described = await client.describe_topics()
        tps = [TopicPartition(each["topic"], part["partition"]) for each in described for part in each["partitions"]]
        # One at a time: of several aiokafka can't read the answer.
        groups = [await client.describe_consumer_groups([deployment.settings.group(role)]) for role in ROLES]
        return {"ends": await consumer.end_offsets(tps), "groups": str(groups), "redis": held}


@contextmanager
def working(deployment: Deployment) -> Iterator[dict[str, Any]]:
    """A worker of each role."""
    yield {role: deployment.work(role) for role in ROLES}
    deployment.stop()


async def test_live_workers_are_left_alone_a_dead_one_and_a_deleted_log_are_missed(deployment: Deployment) -> None:
    applied(deployment)
    with working(deployment) as workers:
        history = [builders.order(0, 300, id=who, customer=who) for who in "abcde"]
        await send(deployment.settings, [(event, b"k") for event in history])
        await until(lambda: all_well(deployment), SECONDS)

        before = await standing(deployment)
        told = deployment.tiering("doctor", "--json")
        assert (told.returncode, told.stderr) == (0, "")
        said = {each["check"]: each for each in json.loads(told.stdout)}
        assert {each["status"] for each in said.values()} == {"ok"}
        assert said["read model"]["found"].startswith("complete up to ")
        assert said["quarantine"]["found"] == "none of 5 customers"
        lines = deployment.tiering("doctor", "--role", "customers")
        assert (lines.returncode, "redis" in lines.stdout, "\x1b" in lines.stdout) == (0, False, False)
        assert all(line.startswith("ok    ") for line in lines.stdout.splitlines())
        assert await standing(deployment) == before

        workers["customers"].terminate()
        workers["customers"].wait(120)
        late = builders.order(1, 300, id="late", customer="a")
        await send(deployment.settings, [(late, b"k")])
        began = time.monotonic()
        await until(lambda: time.monotonic() - began > 7, 60)  # as long as a lag may be before somebody is told
        found = await examined(deployment)
        assert "nobody is running" in bad(found, "workers: customers").found
        [behind] = found["lag: customers"]
        assert (behind.status in (Status.WARN, Status.FAIL), "1 record waiting" in behind.found) == (True, True)
        assert is_ok(found, "lag: intake", "lag: read-model", "workers: intake")
        start = re.search(r"`tiering worker --role (\S+)`", str(bad(found, "workers: customers").do))
        assert start
        deployment.work(start[1])
        await until(lambda: all_well(deployment), SECONDS)
    await _log_deleted(deployment, [*history, late])


async def _log_deleted(deployment: Deployment, history: list[bytes]) -> None:
    log = deployment.settings.topic(topics.CUSTOMER_ACTIVITY)
    async with admin(deployment) as client:
        await client.delete_topics([log])
    await until(lambda: gone(deployment, log), SECONDS)
    found = await examined(deployment)
    assert (bad(found, "topics").found, "apply" in str(bad(found, "topics").do)) == (f"{log} is missing", True)

    applied(deployment)
    another = bad(await examined(deployment), "log")
    assert re.search(
        r"is another log \(\w+\) than the rows were made from|ends at 1, but the rows have read up to", another.found
    )
    file = deployment.directory / "history.jsonl"
    file.write_bytes(b"\n".join(history))
    for command in re.findall("`tiering (.+?)`", str(another.do)):
        done = deployment.tiering(command, *[str(file)] * (command == "backfill"))
        assert done.returncode == 0, done.stderr
    assert is_ok(await examined(deployment), "log", "policy")


async def gone(deployment: Deployment, topic: str) -> bool:
    async with admin(deployment) as client:
        return topic not in await client.list_topics()
