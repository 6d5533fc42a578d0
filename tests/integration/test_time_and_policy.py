"""Wall-clock time and changes of rules on a real Kafka: who ticks, which file takes over, and that nothing flaps."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas import codec, topics
from schemas.control import ClockTicked, PolicyActivated
from service.partition import Partition
from service.replay import LogRecord
from tests import builders
from tests.integration.conftest import Deployment, until
from tests.integration.test_complete_journey import read
from tests.integration.test_dead_letters import changed, send

EASIER = builders.POLICY.replace("version = 1", "version = 2").replace("at_least = 500", "at_least = 200")
pytestmark = pytest.mark.integration


def written(directory: Path, text: str) -> str:
    path = directory / f"policy-{abs(hash(text))}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def applied(deployment: Deployment, text: str = builders.POLICY) -> None:
    done = deployment.tiering("topics", "apply", "--policy", written(deployment.directory, text))
    assert done.returncode == 0, done.stderr


async def tier_changes(deployment: Deployment) -> dict[str, list[tuple[str | None, str, str]]]:
    """Per customer (from, to, reason) of the membership tier, in order."""
    found = defaultdict(list)
    for record in await read(deployment, topics.TIER_CHANGES):
        event = json.loads(record.value)
        if event["data"]["scheme"] == "membership":
            found[event["subject"]].append((event["data"]["from_tier"], event["data"]["to_tier"], event["data"]["reason"]))
    return dict(found)


async def log_of(deployment: Deployment) -> dict[int, list[Any]]:
    """The log's records by partition."""
    found: dict[int, list[Any]] = defaultdict(list)
    for record in await read(deployment, topics.CUSTOMER_ACTIVITY):
        found[record.partition].append(record)
    return found


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


async def test_time_that_passed_takes_a_tier_and_live_equals_replay(deployment: Deployment) -> None:
    deployment.settings = deployment.in_time("wall")
    applied(deployment)
    long_ago = [(changed(builders.order(0, 600, id=f"{n}", customer=f"c-{n}"), time=days_ago(45)), b"k") for n in range(5)]
    deployment.work("intake")
    await send(deployment.settings, long_ago)

    async def all_in_the_log() -> bool:
        return sum([len(records) for records in (await log_of(deployment)).values()]) == deployment.settings.partitions + 5

    await until(all_in_the_log)  # customers' first tick brings the log's clock to today: who comes later is enrolled as of today
    deployment.work("customers")

    async def all_lost() -> bool:
        said = await tier_changes(deployment)
        return len(said) == 5 and all(len(each) == 2 for each in said.values())

    await until(all_lost)

    assert set(map(tuple, (await tier_changes(deployment)).values())) == {
        ((None, "silver", "enrolled"), ("silver", "regular", "time"))
    }
    deployment.stop()
    said: dict[str, list[bytes]] = defaultdict(list)
    for record in await read(deployment, topics.TIER_CHANGES):
        said[record.key.decode()].append(record.value)
    replayed: dict[str, list[bytes]] = defaultdict(list)
    for number, records in (await log_of(deployment)).items():
        assert any(isinstance(codec.decode_activity(each.value), ClockTicked) for each in records)
        partition = Partition(number, {}, mode="wall")
        for each in records:
            effects = [partition.apply([LogRecord(each.offset, each.key, each.value, each.timestamp)])]
            while partition.due:
                effects.append(partition.catch_up(100))
            for topic, key, value in (said_ for effect in effects for said_ in effect.announcements):
                if topic == topics.TIER_CHANGES:
                    replayed[key.decode()].append(value)
    assert said == replayed


async def test_a_newer_file_takes_over_once_and_an_older_one_never(deployment: Deployment) -> None:
    applied(deployment)
    old, new = written(deployment.directory, builders.POLICY), written(deployment.directory, EASIER)
    deployment.work("intake")
    first = deployment.work("customers", "--policy", old)
    await send(deployment.settings, [(builders.order(0, 300, id="1"), b"k")])
    await until(lambda: tier_changes(deployment))

    second = deployment.work("customers", "--policy", new)
    first.terminate()
    assert first.wait(120) == 0

    async def changed_by_policy() -> bool:
        return (await tier_changes(deployment))["c-1"] == [(None, "regular", "enrolled"), ("regular", "silver", "policy")]

    await until(changed_by_policy)
    third = deployment.work("customers", "--policy", old)
    await send(deployment.settings, [(builders.order(1, 10, id="2"), b"k")])

    async def everywhere() -> bool:
        log = await log_of(deployment)
        last = [[codec.decode_activity(each.value) for each in records] for records in log.values()]
        return all(any(isinstance(each, PolicyActivated) and each.data.version == 2 for each in records) for records in last)

    await until(everywhere)
    assert await changed_by_policy()
    assert [worker.poll() for worker in (second, third)] == [None] * 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            builders.POLICY + "# another content\n",
            "with another content than the active one: give the changed policy a higher version",
        ),
        (EASIER.replace("late_days = 60", "late_days = 61"), "its [frame] is another one: run `tiering rebuild --policy FILE`"),
        (EASIER.replace('name = "test"', 'name = "other"'), "a policy of another name"),
    ],
)
async def test_a_file_that_cannot_take_over_stops_the_worker_and_says_why(deployment: Deployment, text: str, why: str) -> None:
    applied(deployment)

    worker = deployment.work("customers", "--policy", written(deployment.directory, text))

    assert worker.wait(120) == 2
    assert why in deployment.said()


async def test_a_policy_is_put_in_force_by_hand_and_shown(deployment: Deployment) -> None:
    applied(deployment)
    new = written(deployment.directory, EASIER)
    deployment.work("intake")
    deployment.work("customers")
    await send(deployment.settings, [(builders.order(0, 300, id="1"), b"k")])
    await until(lambda: tier_changes(deployment))
    differs = deployment.tiering("policy", "diff", new)
    assert (differs.returncode, "test@1 -> test@2" in differs.stderr) == (0, True)

    done = deployment.tiering("policy", "activate", new)

    assert (done.returncode, "written into 4 partitions" in done.stderr) == (0, True)

    async def in_force() -> bool:
        shown = json.loads(deployment.tiering("policy", "show", "--json").stdout)
        return [(each["policy"], each["earlier"], each["next"]) for each in shown] == [
            ("test@2", [], each["end"]) for each in shown
        ]

    await until(in_force)
    assert (await tier_changes(deployment))["c-1"][-1] == ("regular", "silver", "policy")
    again = deployment.tiering("policy", "activate", new)
    assert (again.returncode, "in force in all partitions already" in again.stderr) == (0, True)
    refused = deployment.tiering(
        "policy", "activate", written(deployment.directory, EASIER.replace("late_days = 60", "late_days = 9"))
    )
    assert (refused.returncode, "with another content" in refused.stderr) == (2, True)
