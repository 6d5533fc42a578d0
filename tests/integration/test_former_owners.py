"""What a former owner of a partition left behind is seen before it is taken over, and only then."""

import asyncio
import uuid

import pytest
from aiokafka.admin import NewTopic

from service.faust_safe.cluster import Cluster
from service.faust_safe.former_owners import UNFINISHED, states_left
from service.faust_safe.sending import PRODUCER
from service.laptop.servers import Servers
from tests.integration.conftest import until

pytestmark = pytest.mark.integration


async def test_what_was_left_open_is_seen_and_what_was_finished_is_not(servers: Servers) -> None:
    cluster, name = Cluster([servers.kafka]), f"owned-{uuid.uuid4().hex[:8]}"
    admin = cluster.admin()
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    await admin.close()
    ids = [f"{name}-{what}" for what in ("committed", "open", "timed-out", "never-owned")]
    owners = [
        cluster.producer(transactional_id=each, transaction_timeout_ms=2_000 + 60_000 * (place != 2), **PRODUCER)
        for place, each in enumerate(ids[:3])
    ]
    for owner in owners:
        await owner.start()
        await owner.begin_transaction()
        await owner.send_and_wait(name, b"x", partition=0)
    await owners[0].commit_transaction()

    async def timed_out() -> bool:
        return await states_left(cluster, ids[2:3]) == {ids[2]: "CompleteAbort"}

    assert await states_left(cluster, ids[1:2]) == {ids[1]: "Ongoing"}
    await until(timed_out)
    left = await states_left(cluster, ids)
    assert left == dict(zip(ids, ["CompleteCommit", "Ongoing", "CompleteAbort"], strict=False))
    assert [state in UNFINISHED for state in left.values()] == [False, True, True]

    follower = cluster.producer(transactional_id=ids[1], **PRODUCER)
    await follower.start()
    assert await states_left(cluster, ids[1:2]) == {ids[1]: "Empty"}
    await asyncio.gather(*(each.client.close() for each in (*owners, follower)))


async def test_without_kafka_nothing_is_known_and_nothing_breaks() -> None:
    assert await states_left(Cluster(["127.0.0.1:1"]), ["x-0"]) == {}
