"""`tiering rebuild` on a real Kafka: a lost table comes back, and only what differs from what was published is announced."""

import asyncio
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from schemas import codec, topics
from schemas.profile import Profile
from service.demo.journey import CUTS, Sent, events
from service.domain.segments import SEGMENT_OF
from service.faust_safe import group
from service.faust_safe.sending import Outgoing
from service.faust_safe.transaction import Transactions
from service.log_mismatch import LogMismatch
from service.partition import Partition
from service.rebuild import other_frame
from service.replay import LogRecord
from service.rows import customer_row, partition_row
from service.rows.partition_row import PartitionRow, key_of
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.played_worker import work, write_log
from tests.integration.test_complete_journey import create_inbound, read, send

pytestmark = pytest.mark.integration
COMPACT = {"cleanup.policy": "compact"}
ANNOUNCED = (topics.TIER_CHANGES, topics.SEGMENT_CHANGES, topics.LIFECYCLE_CHANGES, topics.CHURN_RISK)


@cache
def some() -> list[Sent]:
    """The events of every sixteenth household."""
    return [each for each in events() if not zlib.crc32(each.customer_id.encode()) % 16]


async def at_work(deployment: Deployment, chosen: list[Sent]) -> None:
    """Workers read all of these events, and stop."""
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers"):
        deployment.work(role)
    await send(deployment, chosen)
    await until(lambda: has_read(deployment, len(chosen)))
    await stopped(deployment)


async def has_read(deployment: Deployment, count: int) -> bool:
    """Whether the customers role has read so many events and the policies before them."""
    await asyncio.sleep(0.5)
    settings = deployment.settings
    log, name = settings.topic(topics.CUSTOMER_ACTIVITY), settings.group("customers")
    offsets = await group.committed(settings.cluster, name, log, range(settings.partitions))
    return sum(offsets.values()) >= count + settings.partitions


async def stopped(deployment: Deployment) -> None:
    """End all workers, in order."""
    deployment.stop()
    deployment.workers.clear()


async def table(deployment: Deployment) -> dict[bytes, tuple[int, int, int] | PartitionRow]:
    """Of each row, as a worker would load it, position, sequence and due day; the rows of partitions as they are."""
    values = {record.key: record.value for record in await read(deployment, topics.CHANGELOG)}
    found: dict[bytes, tuple[int, int, int] | PartitionRow] = {}
    for key, row in values.items():
        if row is not None and key[:1] == b"\0":
            found[key] = partition_row.read(0, row)
        elif row is not None:
            head = customer_row.header(row)
            found[key] = head.position, head.sequence, head.due
    return found


async def published(deployment: Deployment) -> dict[str, Profile]:
    """The newest profile of each customer."""
    values = {record.key.decode(): record.value for record in await read(deployment, topics.CUSTOMER_PROFILES)}
    return {customer: codec.decode_profile(value).data for customer, value in values.items() if value is not None}


async def announced(deployment: Deployment) -> list[dict[str, Any]]:
    """Everything that was announced, by customer and sequence."""
    said = [json.loads(record.value) for topic in ANNOUNCED for record in await read(deployment, topic)]
    return sorted(said, key=lambda each: (each["subject"], each["sequence"]))


async def lose(deployment: Deployment, *names: str) -> None:
    """Delete topics."""
    admin = AIOKafkaAdminClient(bootstrap_servers=deployment.settings.kafka)
    await admin.start()
    there = {deployment.settings.topic(name) for name in names}
    await admin.delete_topics(list(there))
    while there:
        there &= set(await admin.list_topics())
    await admin.close()


async def make_anew(deployment: Deployment, name: str, configuration: Mapping[str, str] = COMPACT) -> None:
    """Delete a topic and create it empty."""
    await lose(deployment, name)
    admin = AIOKafkaAdminClient(bootstrap_servers=deployment.settings.kafka)
    await admin.start()
    new = NewTopic(deployment.settings.topic(name), deployment.settings.partitions, 1, topic_configs=dict(configuration))
    await admin.create_topics([new])
    await admin.close()


def rebuilt(deployment: Deployment, *arguments: str) -> dict[str, Any]:
    """Run a rebuild to its end; its summary."""
    done = deployment.tiering("rebuild", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def total(summary: Mapping[str, Any], key: str) -> int:
    """A figure over all partitions."""
    return sum(partition[key] for partition in summary["partitions"])


async def test_a_lost_table_comes_back_and_nothing_is_announced(deployment: Deployment) -> None:
    chosen = [each for each in some() if each.day <= CUTS[0]]
    later = [each for each in some() if CUTS[0] < each.day <= CUTS[1]]
    await at_work(deployment, chosen)
    before, profiles, said = await table(deployment), await published(deployment), await announced(deployment)
    assert rebuilt(deployment, "--dry-run")["announced"] == []

    healthy = rebuilt(deployment)
    assert (healthy["announced"], total(healthy, "profiles")) == ([], 0)
    assert (await table(deployment), await published(deployment), await announced(deployment)) == (before, profiles, said)

    await make_anew(deployment, topics.CHANGELOG)
    refused = deployment.work("customers")
    assert refused.wait(120) == 2
    lost = rebuilt(deployment)
    assert (lost["announced"], total(lost, "profiles"), total(lost, "customers")) == ([], 0, len(profiles))
    assert (await table(deployment), await published(deployment), await announced(deployment)) == (before, profiles, said)

    for role in ("intake", "customers"):
        deployment.work(role)
    await send(deployment, later)
    await until(lambda: has_read(deployment, len(chosen) + len(later)))
    await stopped(deployment)
    now = await announced(deployment)
    assert len({each["id"] for each in now}) == len(now) > len(said)
    assert [each for each in now if each["data"].get("reason") == "rebuild"] == []


@contextmanager
def mistaken() -> Iterator[None]:
    """A bug: customers of some segments are taken for those of another."""
    with pytest.MonkeyPatch.context() as bug:
        for cell, name in SEGMENT_OF.items():
            if name in ("At Risk", "Loyal", "Promising", "Hibernating", "About To Sleep"):
                bug.setitem(SEGMENT_OF, cell, "Need Attention")
        yield


async def test_after_a_mended_bug_exactly_the_differences_are_announced(deployment: Deployment) -> None:
    apply_topics(deployment)
    await write_log(deployment.settings, [each for each in some() if each.day <= CUTS[0]])
    with mistaken():
        await work(deployment.settings)
    wrong, before = await published(deployment), await announced(deployment)
    right = {customer: segment for number in range(4) for customer, segment in (await segments(deployment, number)).items()}
    differs = {customer: shown for customer, shown in wrong.items() if shown.rfm and shown.rfm.segment != right[customer]}
    assert differs

    summary = rebuilt(deployment, "--dry-run")
    assert await announced(deployment) == before
    assert rebuilt(deployment) == {**summary, "dry_run": False}

    said = [each for each in await announced(deployment) if each not in before]
    assert sum(change["count"] for change in summary["announced"]) == len(said) == total(summary, "customers_announced")
    assert total(summary, "profiles") == len(differs)
    assert {
        (each["subject"], each["sequence"], each["type"], each["data"]["from_segment"], each["data"]["to_segment"])
        for each in said
    } == {
        (customer, shown.sequence + 1, "segment.changed.v1", shown.rfm.segment, right[customer])
        for customer, shown in differs.items()
        if shown.rfm
    }
    assert {(each["data"]["reason"], each["data"]["cause"]) for each in said} == {("rebuild", None)}
    assert {customer: shown.rfm.segment for customer, shown in (await published(deployment)).items() if shown.rfm} == right
    assert rebuilt(deployment)["announced"] == []


async def segments(deployment: Deployment, number: int) -> dict[str, str | None]:
    """What the segments of a partition's customers should be."""
    partition = Partition(number, {})
    partition.apply([record for record in await read(deployment, topics.CUSTOMER_ACTIVITY) if record.partition == number])
    while partition.due:
        partition.catch_up(1_000)
    return {customer.id: customer.announced.segment for customer in partition.state.customers.in_order() if customer.announced}


def apply_topics(deployment: Deployment) -> None:
    """All topics, the log with its first policy."""
    applied = deployment.tiering("topics", "apply", "--policy", str(POLICY))
    assert applied.returncode == 0, applied.stderr


async def test_another_frame_is_taken_up_from_the_beginning_of_the_log(deployment: Deployment, tmp_path: Path) -> None:
    apply_topics(deployment)
    await write_log(deployment.settings, [each for each in some() if each.day <= CUTS[0]])
    await work(deployment.settings)
    before = await announced(deployment)
    file = tmp_path / "another-frame.toml"
    file.write_text(ANOTHER)
    would = rebuilt(deployment, "--dry-run", "--policy", str(file))
    assert await announced(deployment) == before

    did = rebuilt(deployment, "--policy", str(file))

    assert {**would, "dry_run": False} == did
    said = [each for each in await announced(deployment) if each not in before]
    assert len(said) == sum(change["count"] for change in did["announced"]) > 0
    assert {each["data"]["policy"] for each in said} == {"grocery@2"}
    assert {each["data"].get("reason", "rebuild") for each in said} == {"rebuild"}
    right = await read_under(deployment, ANOTHER)
    assert names_of(await published(deployment)) == names_of(right)

    for again in (rebuilt(deployment), rebuilt(deployment, "--policy", str(file)), rebuilt(deployment, "--anew")):
        assert (again["announced"], total(again, "profiles")) == ([], 0)
    worker = deployment.work("customers", "--policy", str(file))
    await until(lambda: has_read(deployment, len([each for each in some() if each.day <= CUTS[0]]) + 4))
    assert worker.poll() is None
    await stopped(deployment)
    assert [each for each in await announced(deployment) if each not in before] == said


async def test_a_worker_that_begins_at_0_passes_over_the_frames_before(deployment: Deployment, tmp_path: Path) -> None:
    apply_topics(deployment)
    chosen = some()[:300]
    await write_log(deployment.settings, chosen)
    await other_frame.write(deployment.settings, ANOTHER, dry=False)

    deployment.work("customers")
    await until(lambda: has_read(deployment, len(chosen) + 4))
    await stopped(deployment)

    assert {each["data"]["policy"] for each in await announced(deployment)} == {"grocery@2"}
    now, right = await published(deployment), await read_under(deployment, ANOTHER)  # of which reviews may be left to make
    assert {customer: profile.totals for customer, profile in now.items()} == {
        customer: profile.totals for customer, profile in right.items()
    }


async def test_a_log_made_anew_takes_the_place_of_the_old_one(deployment: Deployment) -> None:
    apply_topics(deployment)
    await write_log(deployment.settings, some()[:1_000])
    await work(deployment.settings)
    before, profiles = await announced(deployment), await published(deployment)
    await make_anew(deployment, topics.CUSTOMER_ACTIVITY, {"cleanup.policy": "delete"})
    apply_topics(deployment)
    chosen = [each for each in some()[:600] if each.customer_id != some()[0].customer_id]
    order = next(each for each in chosen if each.topic == topics.ORDERS)
    in_conflict = order._replace(value=order.value.replace(b'"amount_minor":', b'"amount_minor":1', 1))
    await write_log(deployment.settings, [*chosen, chosen[0], in_conflict])

    refused = deployment.tiering("rebuild")
    assert (refused.returncode, "say --erase" in refused.stderr) == (2, True)
    summary = rebuilt(deployment, "--erase")

    assert total(summary, "erased") == len(profiles) - total(summary, "customers")
    now = await published(deployment)
    assert some()[0].customer_id not in now
    log = await read(deployment, topics.CUSTOMER_ACTIVITY)
    assert all(profile.position < len(log) for profile in now.values())
    said = [each for each in await announced(deployment) if each not in before]
    sequences: dict[str, list[int]] = {}
    for each in said:
        sequences.setdefault(each["subject"], []).append(each["sequence"])
    for customer, numbers in sequences.items():
        assert numbers == list(range(profiles[customer].sequence + 1, now[customer].sequence + 1))
    # Nobody had read this log before: its dead letters were not written yet.
    letters = await read(deployment, topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY))
    assert [dict(each.headers)["tiering.error.code"] for each in letters] == [b"conflict"]
    assert rebuilt(deployment)["announced"] == []
    assert len(await read(deployment, topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY))) == 1


async def test_holes_are_passed_and_workers_are_waited_for(deployment: Deployment) -> None:
    apply_topics(deployment)
    settings, chosen = deployment.settings, some()
    await write_log(settings, chosen[:200])
    await work(settings)
    stranger = Transactions(settings.cluster, "stranger")
    for number in range(settings.partitions):  # the end of a transaction takes an offset, and no record of it is read
        await stranger.open([number])
        await stranger.write(number, [Outgoing(settings.topic(topics.CUSTOMER_ACTIVITY), number, b"x", b"no event")])
    await stranger.stop()
    await write_log(settings, chosen[200:400])
    with pytest.raises(LogMismatch, match="the log has a hole: run `tiering rebuild`"):
        await work(settings)

    worker = AIOKafkaConsumer(
        settings.topic(topics.CUSTOMER_ACTIVITY),
        bootstrap_servers=settings.kafka,
        group_id=settings.group("customers"),
        session_timeout_ms=120_000,  # it can't say that it lives while a command runs
    )
    await worker.start()
    dry = rebuilt(deployment, "--dry-run")
    refused = deployment.tiering("rebuild")
    await worker.stop()
    assert refused.returncode == 2
    assert "1 workers of the role customers are running: stop them first" in refused.stderr

    summary = rebuilt(deployment)
    assert {**summary, "dry_run": True} == dry
    assert total(summary, "missing_records") == settings.partitions
    letters = await read(deployment, topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY))
    assert len(letters) == settings.partitions  # what the stranger wrote, once
    await work(settings)
    assert names_of(await published(deployment)) == names_of(await read_under(deployment, POLICY.read_text()))


async def test_profiles_that_are_lost_are_not_taken_for_none(deployment: Deployment) -> None:
    apply_topics(deployment)
    await write_log(deployment.settings, some()[:200])
    await work(deployment.settings)
    profiles, rows = await published(deployment), await table(deployment)
    await make_anew(deployment, topics.CUSTOMER_PROFILES)

    for_workers = deployment.tiering("rebuild")
    assert (for_workers.returncode, "its rows know what was announced: start the workers" in for_workers.stderr) == (2, True)
    assert await table(deployment) == rows

    for lost in ([topics.CHANGELOG], [topics.CHANGELOG, topics.CUSTOMER_ACTIVITY]):
        log = await read(deployment, topics.CUSTOMER_ACTIVITY)
        for name in lost:
            await make_anew(deployment, name, {} if name == topics.CUSTOMER_ACTIVITY else COMPACT)
        if topics.CUSTOMER_ACTIVITY in lost:
            await bring_back(deployment, log)
        refused = deployment.tiering("rebuild")
        assert (refused.returncode, "what was announced to them is not known" in refused.stderr) == (2, True), refused.stderr

    everybody = rebuilt(deployment, "--announce-all")
    assert total(everybody, "customers_announced") == len(profiles)
    assert names_of(await published(deployment)) == names_of(profiles)


async def bring_back(deployment: Deployment, log: Sequence[Any]) -> None:
    """The log from a copy, in an empty topic."""
    name = deployment.settings.topic(topics.CUSTOMER_ACTIVITY)
    async with AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka) as producer:
        for record in log:
            await producer.send(name, record.value, key=record.key, partition=record.partition)


ANOTHER = (
    POLICY.read_text()
    .replace("version = 1", "version = 2")
    .replace('time_zone = "America/New_York"', 'time_zone = "Asia/Tokyo"')
    .replace("rolling 90", "rolling 400")
)
"""Other days, and a longer window than a running log can take up."""


async def read_under(deployment: Deployment, text: str) -> dict[str, Profile]:
    """The profiles of a service that has always had a policy."""
    settings, found = deployment.settings, dict[str, Profile]()
    log = await read(deployment, topics.CUSTOMER_ACTIVITY)
    for number in range(settings.partitions):
        partition = Partition(number, {key_of(number): PartitionRow(log_id="any", policy=text).encode()})
        records = [record for record in log if record.partition == number]
        effects = [partition.apply([LogRecord(offset, each.key, each.value) for offset, each in enumerate(records)])]
        while partition.due:
            effects.append(partition.catch_up(1_000))
        effects.append(partition.publish_profiles())
        for key, value in (profile for each in effects for profile in each.profiles):
            found[key.decode()] = codec.decode_profile(value or b"").data
    return found


def names_of(profiles: Mapping[str, Profile]) -> dict[str, tuple[Any, ...]]:
    """What profiles say but how it was come by."""
    return {
        customer: (
            shown.policy,
            {scheme: (each.tier, each.since, each.held_until) for scheme, each in shown.tiers.items()},
            shown.rfm and shown.rfm.segment,
            shown.lifecycle and shown.lifecycle.stage,
            shown.churn and shown.churn.level,
            shown.totals,
        )
        for customer, shown in profiles.items()
    }
