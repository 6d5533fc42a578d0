"""Bytes <-> types: the only place that knows JSON.

A valid structured event costs one typed decode; only what fails is looked at step by step, to name its first fault.
"""

import zlib
from collections.abc import Sequence
from datetime import UTC
from typing import Final

import msgspec

from schemas.checks import check, check_year, is_plain
from schemas.control import ClockTicked, Control, PolicyActivated
from schemas.dead_letters import Code, InvalidEvent
from schemas.envelope import LOG_TYPES, as_written, diagnose, structured
from schemas.inbound import AppInteraction, Event, FeedbackGiven, OrderCounted, OrderPaid, OrderRefunded
from schemas.outbound import SAID, Announcement, Head
from schemas.profile import ProfileEvent

Headers = Sequence[tuple[str, bytes]]
MOST_BYTES = 256 * 1024

_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_activity: msgspec.json.Decoder[Event | Control] = msgspec.json.Decoder(Event | Control)
_counted: msgspec.json.Decoder[Event | Control] = msgspec.json.Decoder(
    OrderCounted | OrderRefunded | AppInteraction | FeedbackGiven | Control
)
_profile = msgspec.json.Decoder(ProfileEvent)
_encode = msgspec.json.Encoder().encode
_crc32: Final = zlib.crc32
_SUBJECT: Final = b',"subject":'
_TYPE: Final = b'{"type":'
_ORDER: Final = b'{"type":"order.paid.v1",'
_ORDER_SUBJECT: Final = zlib.crc32(_ORDER[:-1] + _SUBJECT)
_DECODE_ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError)


class _Published(Head, kw_only=True):
    data: msgspec.Raw


_published = msgspec.json.Decoder(_Published)
_said = {said.TYPE: msgspec.json.Decoder(said) for said in SAID}


def decode_event(value: bytes | None, headers: Headers = ()) -> Event:
    """A producer's event, in structured or binary mode; InvalidEvent names the first fault of one that breaks the contract.

    Not checked here: the currency against the policy, and event times in the future.
    """
    if value is not None and len(value) > MOST_BYTES:
        raise InvalidEvent(Code.TOO_LARGE, f"{len(value)} bytes, and at most {MOST_BYTES} are taken")
    if headers:
        value = structured(value, headers)
    if not value:
        raise InvalidEvent(Code.MALFORMED_JSON, "the record has no value")
    plain = is_plain(value)
    try:
        if not plain:
            value.decode()  # fields that are skipped too
        event = _event.decode(value)
    except _DECODE_ERRORS as error:
        raise diagnose(value, error) from None
    event.time = as_written(event.time, value, plain=plain)
    check(event, value, plain=plain)
    return event


def encode_activity(event: Event) -> bytes:
    """What the log keeps of an event: no free text, no session, no discount; the time in UTC. The event itself is slimmed.

    All from `"subject"` on is the event's content.
    """
    match event:
        case OrderPaid():
            event.data.discount_minor = None
        case AppInteraction():
            event.data.session_id = None
        case FeedbackGiven():
            event.data.text = None
    if event.time.tzinfo is not UTC:
        event.time = event.time.astimezone(UTC)
    return _encode(event)


def decode_activity(value: bytes) -> Event | Control:
    """A record of the log; InvalidEvent when neither intake nor the service's own control wrote it."""
    return _record(value, _activity)


def decode_counted(value: bytes) -> Event | Control:
    """A record of the log with what is counted of it: of an order no channel, store, coupon or line. InvalidEvent as above."""
    return _record(value, _counted)


def _record(value: bytes, decoder: msgspec.json.Decoder[Event | Control]) -> Event | Control:
    try:
        record = decoder.decode(value)
    except _DECODE_ERRORS as error:
        raise diagnose(value, error, LOG_TYPES) from None
    check_year(record.time, "time")
    if type(record) is OrderCounted or not isinstance(record, ClockTicked | PolicyActivated):  # most by the first question
        if record.subject is None:
            raise InvalidEvent(Code.MISSING_SUBJECT, "subject is missing: whose event is it?")
    elif isinstance(record, ClockTicked):
        check_year(record.data.at, "data.at")
    return record


def fingerprint(value: bytes) -> int:
    """32 bits of an encoded activity's type and content; id and source do not matter.

    A quote inside a JSON string is escaped, so the first `"subject"` behind a comma is the envelope's.
    """
    head, subject, content = value.partition(_SUBJECT)
    if not subject or not head.startswith(_TYPE):  # written by somebody else than intake
        return fingerprint(_encode(decode_activity(value)))
    if head.startswith(_ORDER):  # most are
        return _crc32(content, _ORDER_SUBJECT)
    return _crc32(content, _crc32(subject, _crc32(head.partition(b",")[0])))


def encode_control(record: Control) -> bytes:
    """A control record of the log."""
    return _encode(record)


def encode_announcement(announcement: Announcement) -> bytes:
    """An announcement as it is published."""
    return _encode(announcement)


def decode_announcement(value: bytes) -> Announcement:
    """A published announcement; msgspec.MsgspecError when it is none."""
    published = _published.decode(value)
    if published.type not in _said:
        raise msgspec.ValidationError(f"{published.type!r} is no announcement")
    head = {name: getattr(published, name) for name in Head.__struct_fields__}
    return Announcement(**head, data=_said[published.type].decode(published.data))


def encode_profile(event: ProfileEvent) -> bytes:
    """A profile as it is published."""
    return _encode(event)


def decode_profile(value: bytes) -> ProfileEvent:
    """A published profile; msgspec.MsgspecError when it is none."""
    return _profile.decode(value)
