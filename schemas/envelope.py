"""The CloudEvents envelope: both modes in, and the first fault of an event that cannot be read."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from schemas.control import Control
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import EVENTS, FeedbackGiven, Id, OrderRefunded, Source, Time

Types = Mapping[str, type[msgspec.Struct]]
INBOUND_TYPES: Types = {str(event.__struct_config__.tag): event for event in EVENTS}
LOG_TYPES: Types = {**INBOUND_TYPES, **{str(record.__struct_config__.tag): record for record in get_args(Control)}}
_ATTRIBUTES: dict[str, Any] = {
    "specversion": Literal["1.0"],
    "id": Id,
    "source": Source,
    "type": Annotated[str, Meta(min_length=1)],
    "time": Time,
    "data": Any,
}
_NUMBER_OUT_OF_RANGE = re.compile("out of range", re.IGNORECASE)


def structured(value: bytes, headers: Sequence[tuple[str, bytes]]) -> bytes:
    """The structured form of a record; in binary mode the attributes are `ce_*` headers and the value is the data."""
    named = {name.lower(): content for name, content in headers}
    content_type = (named.get("content-type") or b"").lower()
    if content_type.startswith(b"application/cloudevents"):
        if content_type.split(b";")[0].strip() not in (b"application/cloudevents+json", b"application/cloudevents"):
            raise InvalidEvent(Code.INVALID_FIELD, f"content-type is {content_type!r}: only +json is read")
        return value
    attributes = {name[3:]: content for name, content in named.items() if name.startswith("ce_") and content is not None}
    if not attributes:
        return value
    try:
        text = {name: content.decode() for name, content in attributes.items() if name != "data"}
    except UnicodeDecodeError as error:
        raise InvalidEvent(Code.INVALID_FIELD, "a ce_ header is not UTF-8") from error
    head = msgspec.json.encode(text)
    if not value:
        return head
    _parsed(value)  # exactly one JSON value, so that it can be put into another
    return head[:-1] + b',"data":' + value + b"}"


def diagnose(value: bytes, error: Exception, types: Types = INBOUND_TYPES) -> InvalidEvent:
    """The first fault of an event that a typed decode of one of these types refused."""
    try:
        event = _parsed(value)
    except InvalidEvent as malformed:
        return malformed
    if not isinstance(event, dict):
        return InvalidEvent(Code.INVALID_FIELD, "an event is a JSON object")
    return _envelope_fault(event) or _data_fault(event, types) or InvalidEvent(Code.INVALID_FIELD, str(error))


def _parsed(value: bytes) -> Any:
    try:
        value.decode()
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        code = Code.INVALID_FIELD if _NUMBER_OUT_OF_RANGE.search(str(error)) else Code.MALFORMED_JSON
        raise InvalidEvent(code, str(error)) from error


def _envelope_fault(event: dict[str, Any]) -> InvalidEvent | None:
    for name, kind in _ATTRIBUTES.items():
        if event.get(name) is None:
            return InvalidEvent(Code.MISSING_FIELD, f"{name} is missing")
        fault = _fault(event[name], kind, name)
        if fault is not None:
            return fault
    for name in ("id", "source", "subject"):
        if name == "subject" and event.get(name) is not None and (fault := _fault(event[name], Id, name)):
            return fault
        if any(unicodedata.category(each) == "Cc" for each in str(event.get(name) or "")):
            return InvalidEvent(Code.INVALID_FIELD, f"{name} holds a control character")
    return None


def _data_fault(event: dict[str, Any], types: Types) -> InvalidEvent | None:
    kind = types.get(event["type"])
    if kind is None:
        return InvalidEvent(Code.UNKNOWN_TYPE, f"type is {event['type'][:128]!r}: one of {', '.join(types)} is allowed")
    if event.get("subject") is None and kind in (OrderRefunded, FeedbackGiven):
        return InvalidEvent(Code.MISSING_SUBJECT, "subject is missing: whose event is it?")
    data_type = next(field.type for field in msgspec.structs.fields(kind) if field.name == "data")
    data = event["data"]
    if isinstance(data, dict):
        for field in msgspec.structs.fields(data_type):
            if field.required and data.get(field.name) is None:
                return InvalidEvent(Code.MISSING_FIELD, f"data.{field.name} is missing")
    return _fault(data, data_type, "data")


def _fault(value: Any, kind: Any, place: str) -> InvalidEvent | None:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError) as error:
        missing = "missing required field" in str(error)
        return InvalidEvent(Code.MISSING_FIELD if missing else Code.INVALID_FIELD, f"{place}: {error}")
    return None
