"""Bytes <-> types: the only place that knows JSON.

A valid structured event costs one typed decode; only what fails is looked at step by step, to name its first fault.
"""

import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from schemas.control import ClockTicked, Control, PolicyActivated
from schemas.dead_letters import Code, InvalidEvent
from schemas.envelope import LOG_TYPES, diagnose, structured
from schemas.inbound import AppInteraction, Event, FeedbackGiven, OrderPaid, OrderRefunded
from schemas.outbound import SAID, Announcement, Said
from schemas.profile import ProfileEvent

Headers = Sequence[tuple[str, bytes]]
MOST_BYTES = 256 * 1024

_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_activity: msgspec.json.Decoder[Event | Control] = msgspec.json.Decoder(Event | Control)
_profile = msgspec.json.Decoder(ProfileEvent)
_encode = msgspec.json.Encoder().encode
_SAID = {said.TYPE: said for said in SAID}
_SCORES = {"rating": (1, 5), "review": (1, 5), "nps": (0, 10)}


def decode_event(value: bytes | None, headers: Headers = ()) -> Event:
    """A producer's event, in structured or binary mode; InvalidEvent names the first fault of one that breaks the contract.

    Not checked here: the currency against the policy, and event times in the future.
    """
    if value is not None and len(value) > MOST_BYTES:
        raise InvalidEvent(Code.TOO_LARGE, f"{len(value)} bytes, and at most {MOST_BYTES} are taken")
    if headers:
        value = structured(value or b"", headers)
    if not value:
        raise InvalidEvent(Code.MALFORMED_JSON, "the record has no value")
    try:
        value.decode()
        event = _event.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise diagnose(value, error) from None
    _check(event, value)
    return event


def encode_activity(event: Event) -> bytes:
    """What the log keeps of an event: no free text, no session, no discount; the time in UTC.

    All from `"subject"` on is the event's content.
    """
    match event:
        case OrderPaid():
            event.data.discount_minor = None
        case AppInteraction():
            event.data.session_id = None
        case FeedbackGiven():
            event.data.text = None
    event.time = event.time.astimezone(UTC)
    return _encode(event)


def decode_activity(value: bytes) -> Event | Control:
    """A record of the log; InvalidEvent when neither intake nor the service's own control wrote it."""
    try:
        record = _activity.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise diagnose(value, error, LOG_TYPES) from None
    _check_year(record.time, "time")
    if isinstance(record, ClockTicked):
        _check_year(record.data.at, "data.at")
    elif not isinstance(record, PolicyActivated) and record.subject is None:
        raise InvalidEvent(Code.MISSING_SUBJECT, "subject is missing: whose event is it?")
    return record


def fingerprint(value: bytes) -> int:
    """32 bits of an encoded activity's type and content; id and source do not matter.

    A quote inside a JSON string is escaped, so the first `"subject"` behind a comma is the envelope's.
    """
    return zlib.crc32(value[value.index(b',"subject":') :], zlib.crc32(value[: value.index(b",")]))


def encode_control(record: Control) -> bytes:
    """A control record of the log."""
    return _encode(record)


def encode_announcement(announcement: Announcement) -> bytes:
    """An announcement as it is published."""
    return _encode(announcement)


def decode_announcement(value: bytes) -> Announcement:
    """A published announcement; msgspec.ValidationError when it is none."""
    raw = msgspec.json.decode(value)
    data: Said = msgspec.convert(raw.pop("data"), _SAID[raw["type"]])
    return Announcement(**{**raw, "time": datetime.fromisoformat(raw["time"]), "data": data})


def encode_profile(event: ProfileEvent) -> bytes:
    """A profile as it is published."""
    return _encode(event)


def decode_profile(value: bytes) -> ProfileEvent:
    """A published profile; msgspec.ValidationError when it is none."""
    return _profile.decode(value)


def _check(event: Event, value: bytes) -> None:
    """What the types do not say."""
    _check_year(event.time, "time")
    controls = b"\\" in value or b"\x7f" in value or b"\xc2" in value
    if controls:
        _check_controls(event)
    if event.subject is None and isinstance(event, OrderRefunded | FeedbackGiven):
        raise InvalidEvent(Code.MISSING_SUBJECT, "subject is missing: whose event is it?")
    if controls:
        _check_text(event.data, "data")
    if isinstance(event, OrderRefunded):
        if event.data.amount_minor == 0 and event.data.order_id is None:
            raise InvalidEvent(Code.INVALID_FIELD, "data.amount_minor is 0: allowed only with order_id")
    elif isinstance(event, FeedbackGiven):
        _check_feedback(event)


def _check_year(time: datetime, place: str) -> None:
    """Other years have days that cannot be told in every time zone."""
    if not 2 <= time.year <= 9998:
        raise InvalidEvent(Code.INVALID_FIELD, f"{place} is {time.isoformat()}: a year from 2 to 9998 is allowed")


def _check_feedback(event: FeedbackGiven) -> None:
    feedback = event.data
    if feedback.kind.startswith("complaint") and feedback.complaint_id is None:
        raise InvalidEvent(Code.MISSING_FIELD, f"data.complaint_id is missing: {feedback.kind} needs one")
    low, high = _SCORES.get(feedback.kind, (None, None))
    if feedback.score is not None and low is not None and high is not None and not low <= feedback.score <= high:
        raise InvalidEvent(Code.INVALID_FIELD, f"data.score is {feedback.score}: {low} to {high} is allowed")


def _check_controls(event: Event) -> None:
    for name in ("id", "source", "subject"):
        _check_string(getattr(event, name), name)


def _check_text(value: object, place: str) -> None:
    """No control characters in any string but `text`."""
    for name, each in _strings(value, place):
        if not name.endswith(".text"):
            _check_string(each, name)


def _strings(value: object, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _strings(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _strings(each, f"{place}[{index}]")
    else:
        yield place, value


def _check_string(value: object, place: str) -> None:
    if isinstance(value, str) and any(unicodedata.category(character) == "Cc" for character in value):
        raise InvalidEvent(Code.INVALID_FIELD, f"{place} holds a control character")
