"""A reading tells how far it is: that is what a worker says while it recovers."""

import uuid

import pytest
from aiokafka.admin import NewTopic

from service.faust_safe.cluster import Cluster
from service.faust_safe.reader import Course, Reader
from service.faust_safe.sending import PRODUCER, Outgoing, all_written, send_all
from service.laptop.servers import Servers

pytestmark = pytest.mark.integration
RECORDS, SKIPPED = 3_000, 1_000


async def test_what_is_left_falls_to_nothing(servers: Servers) -> None:
    cluster, name = Cluster([servers.kafka]), f"read-{uuid.uuid4().hex[:8]}"
    admin = cluster.admin()
    await admin.start()
    await admin.create_topics([NewTopic(name, 2, 1)])
    await admin.close()
    producer = cluster.producer(**PRODUCER)
    await producer.start()
    await all_written(await send_all(producer, [Outgoing(name, place % 2, b"k", bytes(5_000)) for place in range(2 * RECORDS)]))
    await producer.stop()
    reader, seen = Reader(cluster), list[Course]()

    await reader.read(name, {0: 0, 1: SKIPPED}, lambda partition, records: seen.append(reader.course))
    await reader.stop()

    of = 2 * RECORDS - SKIPPED
    assert seen[0] == Course(of, of)
    assert {course.of for course in seen} == {of}
    left = [course.left for course in seen]
    assert left == sorted(left, reverse=True)
    assert left[-1] < of
    assert reader.course == Course(0, of)
