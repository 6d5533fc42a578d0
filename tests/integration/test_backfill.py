"""`tiering backfill` on a real Kafka: real customers from shuffled files, killed in the middle, gone on with: none lost."""

import gzip
import json
import random
import signal
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas import codec, topics
from service.demo.journey import CUTS, Sent, events, truth
from service.event_files import merged
from service.stored_profiles import StoredProfiles
from tests.builders import order
from tests.integration.conftest import POLICY, Deployment, logged, until
from tests.integration.test_complete_journey import holds, read
from tests.integration.test_dead_letters import changed, letters

RATE, CUT = 2_500, CUTS[0]
SHOWN = dict(list(truth(CUT).items())[::3])
"""Every third customer, and what is true of him."""
BAD = [b'{"specversion":', order(1, 1, id="euro").replace(b"USD", b"EUR")]
pytestmark = pytest.mark.integration


def shuffled(directory: Path, chosen: list[Sent]) -> list[str]:
    """The events in four files, each in the order of time; some lines are bad."""
    dice, files = random.Random(5), [directory / name for name in ("a.jsonl", "b.jsonl.gz", "c.jsonl", "d.jsonl.gz")]
    contents: list[list[bytes]] = [[] for _ in files]
    for each in chosen:
        dice.choice(contents).append(each.value)
    for bad, content in zip(BAD, contents, strict=False):
        content.insert(len(content) // 2, bad)
    for file, content in zip(files, contents, strict=True):
        text = b"".join(line + b"\n" for line in content)
        file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    return [str(file) for file in files]


async def ends(deployment: Deployment) -> int:
    """How many records the log has."""
    consumer = AIOKafkaConsumer(bootstrap_servers=deployment.settings.kafka)
    await consumer.start()
    log = deployment.settings.topic(topics.CUSTOMER_ACTIVITY)
    found = await consumer.end_offsets([TopicPartition(log, number) for number in range(deployment.settings.partitions)])
    await consumer.stop()
    return sum(found.values())


async def activities(deployment: Deployment) -> dict[str, list[bytes]]:
    """What the log has of each customer, in its order."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for record in await read(deployment, topics.CUSTOMER_ACTIVITY):
        if record.key is not None:
            found[record.key.decode()].append(record.value)
    return found


def expected(files: list[str]) -> dict[str, list[bytes]]:
    """What the log has to have of each customer, in this order."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for line in merged([Path(file) for file in files]):
        if line.value not in BAD:
            event = codec.decode_event(line.value)
            found[event.subject or ""].append(codec.encode_activity(event))
    return found


def backfill(deployment: Deployment, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return deployment.tiering("backfill", *arguments)


def begun(deployment: Deployment, files: list[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "service.commands.main", "backfill", "--rate", str(RATE), *files]
    return subprocess.Popen(command, env=deployment.environment(), stderr=subprocess.PIPE, text=True)


def contents(file: str, new: bytes | None = None) -> bytes:
    if new is not None:
        Path(file).write_bytes(new)
    return Path(file).read_bytes()


def add(file: str, line: bytes) -> None:
    with open(file, "ab") as stream:
        stream.write(line + b"\n")


async def test_killed_in_the_middle_and_gone_on_with_nothing_is_lost_or_sent_twice(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    chosen, letters = (
        [each for each in events() if each.day <= CUT and each.customer_id in SHOWN],
        deployment.directory / "letters.jsonl",
    )
    files = shuffled(deployment.directory, chosen)
    for limit, end, code, events_logged in (
        (1_000, signal.SIGKILL, -signal.SIGKILL, ["backfill-begun"]),
        (3_500, signal.SIGTERM, 130, ["backfill-begun", "backfill-stopped"]),
    ):
        process = begun(deployment, files)

        async def so_far() -> bool:
            return await ends(deployment) > limit  # noqa: B023

        await until(so_far)
        process.send_signal(end)
        _, said = process.communicate(timeout=120)
        assert (process.returncode, [each["event"] for each in logged(said)]) == (code, events_logged), said
    assert await ends(deployment) < len(chosen)

    size, kept = await ends(deployment), contents(files[0])
    add(files[0], chosen[-1].value)
    other = backfill(deployment, *files)
    assert (other.returncode, "with another content" in other.stderr) == (2, True), other.stderr
    assert await ends(deployment) == size
    contents(files[0], kept)

    done = backfill(deployment, "--dead-letters", str(letters), *files)
    assert done.returncode == 0, done.stderr
    assert "going on after line" in done.stderr
    assert "2 refused" in done.stderr
    ended = logged(done.stderr)[-1]
    assert (ended["event"], ended["lines"], ended["refused"]) == ("backfill-ended", len(chosen) + 2, 2)
    assert ended["sent"] + ended["present"] == len(chosen)
    assert await activities(deployment) == expected(files)
    refused = [json.loads(line) for line in letters.read_text().splitlines()]
    assert [(each["code"], each["value"].encode(), Path(each["file"]).name) for each in refused] == [
        ("malformed-json", BAD[0], "a.jsonl"),
        ("unknown-currency", BAD[1], "b.jsonl.gz"),
    ]

    size = await ends(deployment)
    again = backfill(deployment, *files)
    assert (again.returncode, f"{len(chosen):,} were there already" in again.stderr) == (0, True), again.stderr
    assert await ends(deployment) == size

    for role in ("customers", "read-model"):
        deployment.work(role)
    model = StoredProfiles(deployment.settings)
    await until(lambda: holds(model, SHOWN))
    assert backfill(deployment, "--anew", *files).returncode == 0
    assert await ends(deployment) == size + len(chosen)
    add(files[0], chosen[-1].value)  # the next export, under the same name
    assert backfill(deployment, *files).returncode == 0
    assert await ends(deployment) == size + 2 * len(chosen) + 1
    last = order(0, 100, id="last", customer="another")
    last = changed(last, time=chosen[-1].day.isoformat() + "T23:00:00-05:00")
    add(str(deployment.directory / "last.jsonl"), last)
    assert backfill(deployment, str(deployment.directory / "last.jsonl")).returncode == 0

    async def taken() -> bool:
        return await model.profile("another") is not None

    await until(taken)
    shown: dict[str, Any] = {customer: profile async for customer, profile in model.profiles()}
    assert sum(profile.totals.orders for profile in shown.values()) == sum(each.orders for each in SHOWN.values()) + 1
    await model.stop()


async def test_history_that_comes_too_late_is_warned_of(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    file = deployment.directory / "history.jsonl"
    now = datetime.now(UTC)
    long_ago = changed(order(0, 100, id="old"), time=(now - timedelta(days=3_000)).isoformat())
    file.write_bytes(changed(order(0, 100, id="now"), time=now.isoformat()) + b"\n" + long_ago + b"\n")
    unsorted = backfill(deployment, str(file))
    assert (unsorted.returncode, "goes back in time by 3,000 days" in unsorted.stderr) == (0, True), unsorted.stderr
    assert "has reached" not in unsorted.stderr

    worker = deployment.work("customers")
    other = deployment.directory / "other.jsonl"
    other.write_bytes(long_ago + b"\n")

    async def has_reached() -> bool:
        return "the clock of this deployment has reached" in backfill(deployment, "--anew", str(other)).stderr

    await until(has_reached)
    assert worker.poll() is None


async def test_in_wall_time_a_history_of_years_is_taken_when_it_comes_before_the_workers(deployment: Deployment) -> None:
    deployment.settings = deployment.in_time("wall")
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    chosen = [each for each in events() if each.day <= CUT and each.customer_id in SHOWN]
    files = shuffled(deployment.directory, chosen)
    assert backfill(deployment, *files).returncode == 0
    for role in ("customers", "read-model"):
        deployment.work(role)
    model = StoredProfiles(deployment.settings)
    await until(lambda: holds(model, SHOWN))

    async def all_have_left() -> bool:
        return {profile.lifecycle.stage async for _, profile in model.profiles() if profile.lifecycle} <= {"churned", "prospect"}

    await until(all_have_left)
    await model.stop()
    assert await letters(deployment.settings, topics.CUSTOMER_ACTIVITY, deployment.settings.partitions) == []
