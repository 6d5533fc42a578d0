"""Heartbeat: whether a member is in its group, under its name."""

from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Int16, Int32, Schema, String

_TEXT = String("utf-8")


class _NamedHeartbeatResponse(Response):
    API_KEY, API_VERSION = 12, 3
    SCHEMA = Schema(("throttle_time_ms", Int32), ("error_code", Int16))


class _NamedHeartbeatStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 12, 3, _NamedHeartbeatResponse
    SCHEMA = Schema(("group", _TEXT), ("generation", Int32), ("member", _TEXT), ("name", _TEXT))


class NamedHeartbeatRequest(Request[_NamedHeartbeatStruct]):
    """A member that has a name says that it lives (Kafka 2.3). The answer tells one who was replaced from one who is unknown."""

    API_KEY = 12

    def __init__(self, group: str, generation: int, member: str, name: str) -> None:
        self._told = group, generation, member, name

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class(*self._told)
