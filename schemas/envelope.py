"""The CloudEvents envelope: both modes in, and the first fault of an event that a typed decode refused."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any, Literal, NoReturn, get_args

import msgspec

from schemas.checks import BACKSLASH, check_complaint, check_controls, check_subject, check_year
from schemas.control import Control
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import EVENTS, Event, Id, Line, Source, Time

CONTENT_TYPE = "application/cloudevents+json"
STRUCTURED = (("content-type", CONTENT_TYPE.encode()),)
"""The header of a record whose value is the whole event."""

Types = Mapping[str, type[Event | Control]]
INBOUND_TYPES: Types = {str(event.__struct_config__.tag): event for event in EVENTS}
LOG_TYPES: Types = {**INBOUND_TYPES, **{str(record.__struct_config__.tag): record for record in get_args(Control)}}
_ATTRIBUTES: dict[str, Any] = {"specversion": Literal["1.0"], "id": Id, "source": Source, "type": Id, "subject": Id, "time": Time}
_LAST_MICROSECOND = re.compile(r"\.999999[5-9]")
_MAY_LACK_A_COLON = re.compile(rb':\d\d(?:\.\d+)?(?:[+-]|\\u002[bBdD])\d{4}"')
_PLUS, _COLON = b"+:"
_LACKS_A_COLON = re.compile(r"[+-]\d{4}$")
_REQUIRED = ("specversion", "id", "source", "type", "time", "data")


def structured(value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> bytes:
    """The structured form of a record; in binary mode the attributes are `ce_*` headers and the value is the data."""
    named = {name.lower(): content for name, content in headers if content is not None}
    if named.get("content-type", b"").lower().startswith(b"application/cloudevents"):
        return value or b""
    attributes = {name: named[f"ce_{name}"] for name in _ATTRIBUTES if f"ce_{name}" in named}
    if not attributes:
        return value or b""
    try:
        head = msgspec.json.encode({name: content.decode() for name, content in attributes.items()})
    except UnicodeDecodeError as error:
        raise InvalidEvent(Code.MALFORMED_JSON, "a ce_ header is not UTF-8") from error
    if not value:
        return head
    parsed(value)  # exactly one JSON value, so that it can be put into another
    return head[:-1] + b',"data":' + value + b"}"


def parsed(value: bytes) -> Any:
    """JSON in its strict form: UTF-8 without lone surrogates, no NaN; numbers of any size. Raises InvalidEvent."""
    try:
        event = json.loads(value.decode(), parse_constant=_refuse, parse_int=_number)
        json.dumps(event, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidEvent(Code.MALFORMED_JSON, str(error)) from error
    return event


def diagnose(value: bytes, error: Exception, types: Types = INBOUND_TYPES) -> InvalidEvent:
    """The first fault of an event that a typed decode of these types refused with `error`; missing fields before invalid ones."""
    if isinstance(error, RecursionError):
        return InvalidEvent(Code.MALFORMED_JSON, "nested too deeply")
    try:
        event = parsed(value)
        if not isinstance(event, dict):
            raise InvalidEvent(Code.INVALID_FIELD, "an event is a JSON object")
        _check_envelope(event)
        if event["type"] not in types:
            raise InvalidEvent(Code.UNKNOWN_TYPE, f"type is {event['type']!r}: one of {', '.join(types)} is allowed")
        _check_data(event, types[event["type"]])
    except InvalidEvent as fault:
        return fault
    return InvalidEvent(Code.INVALID_FIELD, str(error))


def as_written(time: datetime, value: bytes, *, plain: bool) -> datetime:
    """An event's decoded time, where the typed decode is too kind: InvalidEvent when its offset lacks the colon of RFC 3339.

    Rounding to microseconds must not carry it into the next second, or day. `plain`: the JSON surely holds no escape.
    """
    (digits, is_east), may_hold_escapes = _written(time.tzinfo), not plain and BACKSLASH in value
    if is_east and not may_hold_escapes:
        at = value.find(_PLUS)
        if value[at - 3] == value[at + 3] == _COLON and value.find(_PLUS, at + 1) < 0:  # the time's, the only one: 12:00:59+08:00
            return time
    # Four digits in a row show an offset without a colon, unless they were escaped. (`rfind` takes half the time of `in`.)
    may_lack_it = value.rfind(digits) >= 0 or (may_hold_escapes and time.tzinfo is not UTC)
    if may_lack_it and _MAY_LACK_A_COLON.search(value):
        _check_offset(parsed(value)["time"])
    if time.microsecond == 0 and value.rfind(b".999999") >= 0 and _LAST_MICROSECOND.search(parsed(value)["time"]):
        return time - timedelta(microseconds=1)
    return time


@cache
def _written(zone: tzinfo | None) -> tuple[bytes, bool]:
    """How a time of a zone with a fixed offset ends that was written without a colon, and whether with a plus sign for sure."""
    offset = datetime.now(zone).utcoffset() or timedelta()
    return b'%02d%02d"' % divmod(abs(offset) // timedelta(minutes=1), 60), offset > timedelta()


def _check_offset(time: str) -> None:
    if _LACKS_A_COLON.search(time):
        raise InvalidEvent(Code.INVALID_FIELD, f"time is {time}: an offset is written with a colon, like +05:30")


def _check_envelope(event: dict[str, Any]) -> None:
    _require(event, _REQUIRED, "")
    for name, kind in _ATTRIBUTES.items():
        if event.get(name) is not None:
            _convert(event[name], kind, name)
            check_controls(event[name], name)
    _check_offset(event["time"])
    check_year(msgspec.convert(event["time"], Time), "time")


def _check_data(event: dict[str, Any], kind: type[Event | Control]) -> None:
    check_subject(event.get("subject"), kind)
    data, data_type = event["data"], next(field.type for field in msgspec.structs.fields(kind) if field.name == "data")
    if isinstance(data, dict):
        _require(data, _required(data_type), "data.")
        check_complaint(data.get("kind"), data.get("complaint_id"))
        lines = data.get("lines")
        for index, line in enumerate(lines if isinstance(lines, list) else ()):
            if isinstance(line, dict):
                _require(line, _required(Line), f"data.lines[{index}].")
    _convert(data, data_type, "data")


def _required(kind: Any) -> list[str]:
    return [field.name for field in msgspec.structs.fields(kind) if field.required]


def _require(value: dict[str, Any], names: Sequence[str], place: str) -> None:
    for name in names:
        if value.get(name) is None:
            raise InvalidEvent(Code.MISSING_FIELD, f"{place}{name} is missing")


def _convert(value: Any, kind: Any, place: str) -> None:
    try:
        msgspec.convert(value, kind)
    except (msgspec.ValidationError, OverflowError) as error:
        raise InvalidEvent(Code.INVALID_FIELD, f"{place}: {error}") from error


def _number(digits: str) -> int | float:
    """Python refuses to read integers of thousands of digits; to us they are only out of range."""
    return int(digits) if len(digits) < 1000 else float(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
