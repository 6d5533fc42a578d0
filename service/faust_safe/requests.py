"""What a Kafka broker can be asked that aiokafka can't: what we may do, its version, its clock, open transactions.

Layouts: the message definitions of Apache Kafka 4.1 (clients/src/main/resources/common/message). None of them changes anything.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.protocol.admin import (
    DescribeConfigsRequest,
    DescribeGroupsRequest_v3,
    DescribeGroupsResponse_v3,
)
from aiokafka.protocol.api import Request, RequestStruct, Response, ResponseHeader_v0
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.types import (
    Array,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    String,
    TaggedFields,
)

__all__ = ["OffsetFetchRequest"]

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
_TOPIC = 2

_TEXT, _SHORT_TEXT, _NUMBERS = String("utf-8"), CompactString("utf-8"), Array(Int32)


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


class _ApiVersionsResponse(Response):
    API_KEY, API_VERSION = 18, 3
    SCHEMA = Schema(
        ("error_code", Int16),
        ("api_versions", CompactArray(("key", Int16), ("low", Int16), ("high", Int16), ("tags", TaggedFields))),
        ("throttle_time_ms", Int32),
        ("tags", TaggedFields),
    )


class _ApiVersionsStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE, FLEXIBLE_VERSION = 18, 3, _ApiVersionsResponse, True
    SCHEMA = Schema(("software", _SHORT_TEXT), ("version", _SHORT_TEXT), ("tags", TaggedFields))

    def parse_response_header(self, read_buffer: Any) -> Any:
        """The one response that has the old header always, so that any client can read it."""
        return ResponseHeader_v0.decode(read_buffer)


class ApiVersionsRequest(Request[_ApiVersionsStruct]):
    """What a broker can do, and (Kafka 2.4) the features that its cluster has put in force."""

    API_KEY = 18

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class("tiering-doctor", "1", {})


_FEATURES = CompactArray(("name", _SHORT_TEXT), ("high", Int16), ("low", Int16), ("tags", TaggedFields))
_FINALIZED = 2


def features(response: Any) -> dict[str, int]:
    """The levels of the features in force, by name."""
    told = response.tags.get(_FINALIZED)
    return {} if told is None else {name: high for name, high, _, _ in _FEATURES.decode(BytesIO(told)) or ()}


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
                ("topic", _SHORT_TEXT),
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
                ("topic", _SHORT_TEXT),
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


class _DescribeTransactionsResponse(Response):
    API_KEY, API_VERSION = 65, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transactions",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", _SHORT_TEXT),
                ("state", _SHORT_TEXT),
                ("timeout_ms", Int32),
                ("began_at", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", CompactArray(("topic", _SHORT_TEXT), ("partitions", CompactArray(Int32)), ("tags", TaggedFields))),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _DescribeTransactionsStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE, FLEXIBLE_VERSION = 65, 0, _DescribeTransactionsResponse, True
    SCHEMA = Schema(("transactional_ids", CompactArray(_SHORT_TEXT)), ("tags", TaggedFields))


class DescribeTransactionsRequest(Request[_DescribeTransactionsStruct]):
    """How far the transactions of these ids are (Kafka 3.0)."""

    API_KEY = 65

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = list(ids)

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class(self._ids, {})


class _DescribeGroupsStruct(DescribeGroupsRequest_v3):
    RESPONSE_TYPE = DescribeGroupsResponse_v3  # aiokafka names an older one, without what is allowed


class DescribeGroupsRequest(Request[_DescribeGroupsStruct]):
    """Who is in these groups, and what we may do with them (Kafka 2.3)."""

    API_KEY = 15

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = list(groups)

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class(self._groups, True)


def assigned(member: Any) -> set[tuple[str, int]]:
    """The partitions that a member of a described group has, by topic and number."""
    assignment = member[4]
    shared = ConsumerProtocolMemberAssignment.decode(assignment).assignment if assignment else ()
    return {(topic, number) for topic, numbers in shared for number in numbers}


def topic_settings(names: Sequence[str]) -> Any:
    """Asks for all settings in force of these topics."""
    return DescribeConfigsRequest([(_TOPIC, name, None) for name in names])
