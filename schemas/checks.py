"""What the types of an event do not say: years, control characters, and fields that depend on each other."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from schemas.control import Control
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import Event, Feedback, FeedbackGiven, OrderRefunded, Refund

COMPLAINTS = ("complaint", "complaint-resolved")
SCORES: dict[str, tuple[int, int]] = {"rating": (1, 5), "review": (1, 5), "nps": (0, 10)}


def check(event: Event, value: bytes) -> None:
    """The first fault of a decoded event, raised as InvalidEvent; `value` is the JSON it came from."""
    check_year(event.time, "time")
    may_hold_controls = b"\\" in value or b"\x7f" in value or b"\xc2" in value  # an escape, U+007F, U+0080 to U+009F
    if may_hold_controls:
        for name in ("id", "source", "subject"):
            check_controls(getattr(event, name), name)
    check_subject(event.subject, type(event))
    if isinstance(event, FeedbackGiven):
        check_complaint(event.data.kind, event.data.complaint_id)
    if may_hold_controls:
        for place, each in _strings(event.data, "data"):
            check_controls(each, place)
    match event.data:
        case Refund(amount_minor=0, order_id=None):
            raise InvalidEvent(Code.INVALID_FIELD, "data.amount_minor is 0: allowed only with order_id")
        case Feedback(score=float()):
            _check_score(event.data)


def check_year(time: datetime, place: str) -> None:
    """Other years have days that cannot be told in every time zone."""
    if not 2 <= time.year <= 9998:
        raise InvalidEvent(Code.INVALID_FIELD, f"{place} is {time.isoformat()}: a year from 2 to 9998 is allowed")


def check_controls(value: object, place: str) -> None:
    """No control characters (category Cc)."""
    if isinstance(value, str) and any(unicodedata.category(each) == "Cc" for each in value):
        raise InvalidEvent(Code.INVALID_FIELD, f"{place} holds a control character")


def check_subject(subject: object, kind: type[Event | Control]) -> None:
    """Orders and interactions may be anonymous; refunds and feedback may not."""
    if subject is None and kind in (OrderRefunded, FeedbackGiven):
        raise InvalidEvent(Code.MISSING_SUBJECT, "subject is missing: whose event is it?")


def check_complaint(kind: object, complaint_id: object) -> None:
    """A complaint and its resolution say which complaint."""
    if kind in COMPLAINTS and complaint_id is None:
        raise InvalidEvent(Code.MISSING_FIELD, f"data.complaint_id is missing: {kind} needs one")


def _check_score(feedback: Feedback) -> None:
    low, high = SCORES.get(feedback.kind, (None, None))
    if feedback.score is not None and low is not None and high is not None and not low <= feedback.score <= high:
        raise InvalidEvent(Code.INVALID_FIELD, f"data.score is {feedback.score}: {low} to {high} is allowed")


def _strings(value: object, place: str) -> Iterator[tuple[str, object]]:
    """All strings of a struct but a feedback's text, which may hold line breaks."""
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            if name != "text":
                yield from _strings(getattr(value, name), f"{place}.{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _strings(each, f"{place}[{index}]")
    else:
        yield place, value
