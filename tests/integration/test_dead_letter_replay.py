"""`tiering dead-letters` on a real Kafka: refused, repaired, sent back; twice changes nothing, and nothing grows without end."""

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from schemas import codec, topics
from schemas.dead_letters import Code, headers_for
from service import spans
from service.dead_letters import reading
from service.dead_letters.letters import Letter
from service.dead_letters.sending_back import AT_ONCE
from service.partitioner import partition_for
from service.stored_profiles import StoredProfiles
from tests.builders import order
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.test_complete_journey import read
from tests.integration.test_dead_letters import OWN_HEADERS, changed, send

SAID = (topics.TIER_CHANGES, topics.SEGMENT_CHANGES, topics.LIFECYCLE_CHANGES, topics.CHURN_RISK)
AHEAD = 12
pytestmark = pytest.mark.integration


def from_now(seconds: float) -> str:
    """A time."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def listed(deployment: Deployment, *arguments: str) -> dict[str, Any]:
    """What `list --json` says."""
    done = deployment.tiering("dead-letters", "list", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


async def letters(deployment: Deployment) -> list[Letter]:
    """All letters, without a process of their own."""
    async with spans.consumer(deployment.settings) as source:
        return list(await reading.read(deployment.settings, source))


async def attempts(deployment: Deployment) -> dict[str, list[int]]:
    """How often each open letter was refused, by code."""
    found: dict[str, list[int]] = {}
    for letter in await letters(deployment):
        if letter.open:
            found.setdefault(letter.latest.code, []).append(letter.attempts)
    return found


async def has(deployment: Deployment, expected: dict[str, list[int]]) -> None:
    """Wait until the open letters were refused so often."""

    async def same() -> bool:
        return await attempts(deployment) == expected

    await until(same)


def codes(deployment: Deployment, *arguments: str) -> dict[str, int]:
    """How many letters `list` tells of each code."""
    return {group["code"]: group["count"] for group in listed(deployment, *arguments)["groups"]}


def replayed(deployment: Deployment, *arguments: str) -> list[dict[str, Any]]:
    """What `replay --json` says."""
    done = deployment.tiering("dead-letters", "replay", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def orders_of(model: StoredProfiles, customer: str) -> int:
    """How many orders his profile shows."""
    profile = await model.profile(customer)
    return 0 if profile is None else profile.totals.orders


async def said(deployment: Deployment) -> list[bytes]:
    """All announcements."""
    return sorted([record.value for topic in SAID for record in await read(deployment, topic)])


async def test_what_was_refused_by_intake_goes_back_and_twice_changes_nothing(deployment: Deployment) -> None:
    settings = deployment.settings
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    model = StoredProfiles(settings)
    passes_at = datetime.now(UTC) + timedelta(seconds=AHEAD)
    early = changed(order(1, 900, id="early", customer="c-2"), time=from_now(3600 + AHEAD))
    sent: list[tuple[bytes | None, bytes]] = [
        (changed(order(1, 500, id="good"), time=from_now(-60)), b"k"),
        (b'{"specversion":', b"k"),
        (order(1, 1, id="euro").replace(b"USD", b"EUR"), b"k"),
        (early, b"till-9"),
        (changed(order(1, 501, id="good"), time=from_now(3600 + AHEAD)), b"k"),
        (order(1, 1, id="euro-2", customer="c-3").replace(b"USD", b"EUR"), b"k"),
    ]
    await send(settings, sent)
    await has(deployment, {"malformed-json": [1], "unknown-currency": [1, 1], "future-event": [1, 1]})

    assert codes(deployment, "--customer", "c-3") == {"unknown-currency": 1}
    assert codes(deployment, "--message", "eur") == {"unknown-currency": 2}
    assert codes(deployment, "--topic", "feedback") == {}
    assert codes(deployment, "--since", "1h", "--code", "malformed-json") == {"malformed-json": 1}
    assert codes(deployment, "--until", "2020-01-01") == {}
    [letter] = listed(deployment, "--code", "future-event", "--customer", "c-2")["letters"]
    assert (letter["status"], letter["attempts"], letter["customer"]) == ("open", 1, "c-2")
    page = deployment.tiering("dead-letters", "show", letter["letter"]).stdout
    assert all(text in page for text in ("future-event", letter["came_from"], "trace: again", "till-9", '"amount_minor": 900'))

    await asyncio.sleep(max(0.0, (passes_at - datetime.now(UTC)).total_seconds()))
    foreseen = replayed(deployment, "--dry-run")
    assert sorted((each["refused_again"] or {"code": "none"})["code"] for each in foreseen) == [
        "malformed-json", "none", "none", "unknown-currency", "unknown-currency"
    ]  # fmt: skip
    assert len(await read(deployment, topics.DEAD_LETTER_REPLAYS)) == 0

    [gone] = [each for each in replayed(deployment) if each["to"] is not None and each["letter"] == letter["letter"]]
    await until(lambda: _shows(model, {"c-1": 1, "c-2": 1}))
    once = await said(deployment)
    [back] = [record for record in await read(deployment, topics.ORDERS) if record.value == early and record.offset > 5]
    assert (back.key, list(back.headers)[: len(OWN_HEADERS)]) == (b"till-9", OWN_HEADERS)
    assert [name for name, _ in list(back.headers)[len(OWN_HEADERS) :]] == ["tiering.replay.letter", "tiering.replay.attempt"]
    # The other is a conflict now, and the same letter, although another topic holds it.
    await has(deployment, {"malformed-json": [1], "unknown-currency": [1, 1], "conflict": [2]})
    assert {letter.place.topic for letter in await letters(deployment)} == {settings.topic("orders.dlt")}
    [known] = listed(deployment, "--code", "future-event", "--all")["letters"]
    assert (known["status"], known["sent_back"]["to"]) == ("sent-back", gone["to"])

    assert "nothing to send back" in deployment.tiering("dead-letters", "replay", "--code", "future-event").stderr
    assert len(replayed(deployment, "--code", "future-event", "--again")) == 1
    await send(settings, [(changed(order(1, 1, id="last", customer="c-4"), time=from_now(-1)), b"k")])
    await until(lambda: _shows(model, {"c-1": 1, "c-2": 1, "c-4": 1}))
    assert [each for each in await said(deployment) if b'"c-4"' not in each] == once
    await model.stop()


async def _shows(model: StoredProfiles, expected: dict[str, int]) -> bool:
    return {customer: await orders_of(model, customer) for customer in expected} == expected


async def test_a_letter_that_is_refused_again_is_the_same_letter(deployment: Deployment) -> None:
    settings = deployment.settings
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    deployment.work("intake")
    await send(settings, [(order(1, 1, id="euro").replace(b"USD", b"EUR"), b"k"), (b"x" * 3_000_000, b"large")])
    await has(deployment, {"unknown-currency": [1], "too-large": [1]})
    for times in (2, 3):
        answers = replayed(deployment, "--also-refused")
        assert sorted(answer["refused_again"]["code"] for answer in answers) == ["too-large", "unknown-currency"]
        await has(deployment, {"unknown-currency": [times], "too-large": [times]})
    stays = deployment.tiering("dead-letters", "replay")
    assert "2 stay where they are" in stays.stderr

    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, max_request_size=8 << 20)
    await producer.start()  # a letter of a time when the topic took larger records
    await producer.send_and_wait(settings.topic("orders.dlt"), random.Random(1).randbytes(2_000_000), partition=0)
    await producer.stop()
    too_big = deployment.tiering("dead-letters", "replay", "--also-refused", "--code", "no-code")
    assert (too_big.returncode, too_big.stdout.count("max.message.bytes")) == (0, 1)
    assert len(await read(deployment, topics.ORDERS)) == 6


async def refuse(deployment: Deployment, refused: Sequence[tuple[Code, bytes]]) -> None:
    """Dead letters of the customers agent, as it writes them."""
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka)
    await producer.start()
    log = deployment.settings.topic(topics.CUSTOMER_ACTIVITY)
    for number, (code, value) in enumerate(refused):
        event = codec.decode_event(value)
        key = (event.subject or "").encode()
        partition = partition_for(key, deployment.settings.partitions)
        headers = headers_for(log, partition, 1000 + number, code, "a reason")
        dead = topics.dead_letter_topic(log)
        await producer.send(dead, codec.encode_activity(event), key=key, partition=partition, headers=headers)
    await producer.stop()


async def test_letters_of_the_customers_agent_go_into_the_log(deployment: Deployment) -> None:
    settings = deployment.settings
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    quarantined = [order(day, 500, id=f"{customer}-{day}", customer=customer) for customer in ("c-1", "c-2") for day in range(9)]
    conflict = order(3, 501, id="c-1-3")
    refused = [(Code.CUSTOMER_QUARANTINED, value) for value in quarantined]
    await refuse(deployment, [*refused, (Code.CONFLICT, conflict)])
    for role in ("customers", "read-model"):
        deployment.work(role)
    model = StoredProfiles(settings)

    first = replayed(deployment, "--code", "customer-quarantined", "--customer", "c-1", "--rate", "1000")
    assert len(first) == 9
    await until(lambda: _shows(model, {"c-1": 9, "c-2": 0}))
    await has(deployment, {"customer-quarantined": [1] * 9, "conflict": [1]})
    once = await said(deployment)

    assert len(replayed(deployment, "--code", "customer-quarantined", "--again")) == 18
    assert len(replayed(deployment, "--code", "conflict")) == 1
    await until(lambda: _shows(model, {"c-1": 9, "c-2": 9}))
    assert [value for value in await said(deployment) if b'"c-2"' not in value] == once
    for key, record in [(record.key, record) for record in await read(deployment, topics.CUSTOMER_ACTIVITY) if record.key]:
        assert record.partition == partition_for(key, settings.partitions)

    assert len(replayed(deployment, "--code", "conflict", "--also-refused")) == 1
    await has(deployment, {"conflict": [2]})
    await model.stop()


async def test_a_replay_that_was_killed_is_done_again(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    events = [order(day % 300, 500, id=f"{day}", customer=f"c-{day % 9}") for day in range(1_200)]
    await refuse(deployment, [(Code.CUSTOMER_QUARANTINED, value) for value in events])
    process = begun(deployment, "--rate", "300")

    async def half_way() -> bool:
        return 0 < len(await read(deployment, topics.DEAD_LETTER_REPLAYS)) < 1_200

    await until(half_way)
    process.send_signal(signal.SIGKILL)
    process.wait(120)
    left = sum(letter.open for letter in await letters(deployment))
    assert 0 < left < 1_200

    assert len(replayed(deployment)) == left

    assert await attempts(deployment) == {}
    sent = [record.value for record in await read(deployment, topics.CUSTOMER_ACTIVITY) if record.key is not None]
    assert set(sent) == {codec.encode_activity(codec.decode_event(value)) for value in events}
    assert len(sent) <= 1_200 + AT_ONCE


def begun(deployment: Deployment, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "service.commands.main", "dead-letters", "replay", *arguments]
    return subprocess.Popen(command, env=deployment.environment(), stderr=subprocess.DEVNULL)
