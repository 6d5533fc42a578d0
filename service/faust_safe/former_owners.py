"""What the former owner of a transactional id has left behind, asked before the id is taken over: afterwards nothing shows it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka.client import CoordinationType
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from service.faust_safe.cluster import Cluster

UNFINISHED = frozenset({"Ongoing", "PrepareAbort", "PrepareEpochFence", "CompleteAbort"})
"""States of a transaction that its owner did not commit: it is open, or was open for so long that the broker has aborted it."""
SECONDS = 2.0
"""Longer nobody's customers wait for it: partitions change hands just when a broker is lost."""
_TEXT = CompactString("utf-8")
_TOPICS = CompactArray(("topic", _TEXT), ("partitions", CompactArray(Int32)), ("tags", TaggedFields))


class _DescribeTransactionsResponse(Response):
    API_KEY, API_VERSION = 65, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "states",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", _TEXT),
                ("state", _TEXT),
                ("timeout_ms", Int32),
                ("started_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", _TOPICS),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeTransactionsRequestV0(RequestStruct):
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION = 65, 0
    RESPONSE_TYPE = _DescribeTransactionsResponse
    SCHEMA = Schema(("transactional_ids", CompactArray(_TEXT)), ("tags", TaggedFields))


class _DescribeTransactions(Request[_DescribeTransactionsRequestV0]):
    """Kafka's DescribeTransactions, which aiokafka 0.14.0 does not have."""

    API_KEY = 65

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = list(ids)

    def build(self, request_struct_class: type[_DescribeTransactionsRequestV0]) -> _DescribeTransactionsRequestV0:
        return request_struct_class(self._ids, {})


async def states_left(cluster: Cluster, ids: Iterable[str]) -> list[str]:
    """The states, in Kafka's words, of those of these transactional ids that had an owner; none where Kafka can't say now."""
    if not (wanted := list(ids)):
        return []
    admin = cluster.admin()
    try:
        async with asyncio.timeout(SECONDS):
            await admin.start()
            found = await asyncio.gather(*(_state(admin._client, each) for each in wanted), return_exceptions=True)
        return [state for state in found if isinstance(state, str) and state]
    except (KafkaError, TimeoutError):
        return []
    finally:
        await admin.close()


async def _state(client: Any, transactional_id: str) -> Any:
    """Of one id; empty when it had no owner."""
    node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
    [found] = (await client.send(node, _DescribeTransactions([transactional_id]))).states
    return found[2]
