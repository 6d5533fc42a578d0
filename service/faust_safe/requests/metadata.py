"""Metadata: which topics there are and where, and what we may do with them and the cluster."""

from collections.abc import Sequence
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

_TEXT, _NUMBERS = String("utf-8"), Array(Int32)
OPERATIONS = {
    3: "Read",
    4: "Write",
    5: "Create",
    6: "Delete",
    7: "Alter",
    8: "Describe",
    10: "DescribeConfigs",
    12: "IdempotentWrite",
}
"""The bits of what is allowed, as Kafka numbers its ACL operations."""
NOT_TOLD = -(1 << 31)


class _MetadataResponse(Response):
    API_KEY, API_VERSION = 3, 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", Array(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT))),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        (
            "topics",
            Array(
                ("error_code", Int16),
                ("topic", _TEXT),
                ("is_internal", Boolean),
                (
                    "partitions",
                    Array(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", _NUMBERS),
                        ("isr", _NUMBERS),
                        ("offline", _NUMBERS),
                    ),
                ),
                ("operations", Int32),
            ),
        ),
        ("operations", Int32),
    )


class _MetadataStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 3, 8, _MetadataResponse
    SCHEMA = Schema(("topics", Array(_TEXT)), ("create", Boolean), ("cluster_operations", Boolean), ("topic_operations", Boolean))


class MetadataRequest(Request[_MetadataStruct]):
    """Topics by name, and what we may do with them and the cluster (Kafka 2.3). Unlike aiokafka's it never creates one."""

    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = list(topics)

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class(self._topics, False, True, True)
