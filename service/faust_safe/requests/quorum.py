"""DescribeQuorum: how Kafka's controllers stand, and the clock of their leader."""

from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

_TEXT = CompactString("utf-8")
_REPLICAS = CompactArray(
    ("replica", Int32), ("end", Int64), ("fetched_at", Int64), ("caught_up_at", Int64), ("tags", TaggedFields)
)


class _DescribeQuorumResponse(Response):
    API_KEY, API_VERSION = 55, 1
    SCHEMA = Schema(
        ("error_code", Int16),
        (
            "topics",
            CompactArray(
                ("topic", _TEXT),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("high_watermark", Int64),
                        ("voters", _REPLICAS),
                        ("observers", _REPLICAS),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeQuorumStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE, FLEXIBLE_VERSION = 55, 1, _DescribeQuorumResponse, True
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("topic", _TEXT),
                ("partitions", CompactArray(("partition", Int32), ("tags", TaggedFields))),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class DescribeQuorumRequest(Request[_DescribeQuorumStruct]):
    """How Kafka's controllers stand (Kafka 3.3); their leader tells its own clock in it."""

    API_KEY = 55

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class([("__cluster_metadata", [(0, {})], {})], {})


def leaders_clock(response: Any) -> int | None:
    """The time at the leading controller when it answered, in milliseconds since 1970; None: it does not tell."""
    for _, partitions, _ in response.topics or ():
        for _, code, leader, _, _, voters, _, _ in partitions:
            for replica, _, _, caught_up_at, _ in voters:
                if not code and replica == leader and caught_up_at > 0:
                    return int(caught_up_at)
    return None
