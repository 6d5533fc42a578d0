"""DescribeGroups: who is in a consumer group, with which partitions, and what we may do with it."""

from collections.abc import Sequence
from typing import Any

from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.protocol.admin import DescribeGroupsRequest_v3, DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request


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
