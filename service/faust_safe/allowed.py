"""What Kafka lets us do, asked of Kafka itself before anything is done."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiokafka.errors import GroupAuthorizationFailedError, GroupCoordinatorNotAvailableError, for_code

from service.faust_safe import requests
from service.faust_safe.cluster import Cluster

PATIENCE_SECONDS = 20.0
_MISSING, _NOT_ALLOWED, _GROUP_NOT_ALLOWED = 3, 29, 30
_NOT_YET = (14, 15, 16)
"""Codes of a coordinator that is loading, or not known yet: a new cluster makes its topic of offsets only when it is asked."""


class SeenTopic(NamedTuple):
    """A topic as Kafka shows it to us."""

    partitions: int | None
    """None: it is missing, or hidden from us."""
    operations: frozenset[str]


async def topics(cluster: Cluster, names: Iterable[str]) -> dict[str, SeenTopic]:
    """Each of these topics. KafkaError."""
    async with _admin(cluster) as admin:
        answer = await admin._send_request(requests.MetadataRequest(list(names)))
    seen = {}
    for code, name, _, partitions, bits in answer.topics:
        if code not in (0, _MISSING, _NOT_ALLOWED):
            raise for_code(code)(name)
        operations = frozenset[str]() if code == _NOT_ALLOWED else _operations(bits)
        seen[name] = SeenTopic(len(partitions) if code == 0 else None, operations)
    return seen


async def group(cluster: Cluster, name: str) -> frozenset[str]:
    """What we may do with a consumer group, also with one that is not there yet. KafkaError."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    async with _admin(cluster) as admin:
        while True:
            code, operations = await _asked(admin, name)
            if code not in _NOT_YET:
                return _operations(operations) if code == 0 else frozenset()
            if time.monotonic() > deadline:
                raise for_code(code)(name)
            await asyncio.sleep(0.1)


async def _asked(admin: Any, name: str) -> tuple[int, int]:
    """Kafka's error, and what is allowed."""
    try:
        node = await admin.find_coordinator(name)
    except GroupAuthorizationFailedError:
        return _GROUP_NOT_ALLOWED, 0
    except GroupCoordinatorNotAvailableError as error:
        return error.errno, 0
    answer = await admin._send_request(requests.DescribeGroupsRequest([name]), node)
    [(code, *_, operations)] = answer.groups
    return code, operations


def _operations(bits: int) -> frozenset[str]:
    """All, where Kafka does not tell: what may not be done shows when it is done."""
    told = bits != requests.NOT_TOLD
    return frozenset(name for bit, name in requests.OPERATIONS.items() if not told or bits >> bit & 1)


@asynccontextmanager
async def _admin(cluster: Cluster) -> AsyncIterator[Any]:
    admin = cluster.admin()
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
