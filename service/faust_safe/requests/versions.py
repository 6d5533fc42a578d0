"""ApiVersions: what a broker can do, and the features that are in force."""

from io import BytesIO
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response, ResponseHeader_v0
from aiokafka.protocol.types import CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

_TEXT = CompactString("utf-8")


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
    SCHEMA = Schema(("software", _TEXT), ("version", _TEXT), ("tags", TaggedFields))

    def parse_response_header(self, read_buffer: Any) -> Any:
        """The one response that has the old header always, so that any client can read it."""
        return ResponseHeader_v0.decode(read_buffer)


class ApiVersionsRequest(Request[_ApiVersionsStruct]):
    """What a broker can do, and (Kafka 2.4) the features that its cluster has put in force."""

    API_KEY = 18

    def build(self, request_struct_class: Any) -> Any:
        """As it is sent."""
        return request_struct_class("tiering-doctor", "1", {})


_FEATURES = CompactArray(("name", _TEXT), ("high", Int16), ("low", Int16), ("tags", TaggedFields))
_FINALIZED = 2


def features(response: Any) -> dict[str, int]:
    """The levels of the features in force, by name."""
    told = response.tags.get(_FINALIZED)
    return {} if told is None else {name: high for name, high, _, _ in _FEATURES.decode(BytesIO(told)) or ()}
