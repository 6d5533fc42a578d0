"""What the former owner of a transactional id has left behind, asked before the id is taken over: afterwards nothing shows it."""

import asyncio
from collections.abc import Collection
from typing import Any

from aiokafka.client import CoordinationType
from aiokafka.errors import KafkaError

from service.faust_safe.cluster import Cluster
from service.faust_safe.requests import DescribeTransactionsRequest

UNFINISHED = frozenset({"Ongoing", "PrepareAbort", "PrepareEpochFence", "CompleteAbort"})
"""States of a transaction that its owner did not commit: it is open, or was open for so long that the broker has aborted it."""
SECONDS = 2.0
"""Longer nobody's customers wait for it: partitions change hands just when a broker is lost."""


async def states_left(cluster: Cluster, ids: Collection[str]) -> dict[str, str]:
    """The states, in Kafka's words, of those of these transactional ids that had an owner; none where Kafka can't say now."""
    if not ids:
        return {}
    admin = cluster.admin()
    try:
        async with asyncio.timeout(SECONDS):
            await admin.start()
            found = await asyncio.gather(*(_state(admin._client, each) for each in ids), return_exceptions=True)
        return {each: state for each, state in zip(ids, found, strict=True) if isinstance(state, str) and state}
    except (KafkaError, TimeoutError):
        return {}
    finally:
        await admin.close()


async def _state(client: Any, transactional_id: str) -> Any:
    """Of one id; empty when it had no owner."""
    node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
    [found] = (await client.send(node, DescribeTransactionsRequest([transactional_id]))).transactions
    return found[2]
