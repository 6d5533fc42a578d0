"""What the types of an event do not say: years, control characters, and fields that depend on each other."""

import unicodedata
from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from schemas.control import Control
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import Event, Feedback, FeedbackGiven, OrderPaid, OrderRefunded, Refund

BACKSLASH, DELETE = b"\\\x7f"
_C2 = 0xC2
"""How U+0080 to U+009F begin in UTF-8. (To look for a number takes a quarter of the time of looking for one byte.)"""
_ASK_MORE = (OrderRefunded, FeedbackGiven)
"""More is asked of these than of the others."""
COMPLAINTS = ("complaint", "complaint-resolved")
SCORES: dict[str, tuple[int, int]] = {"rating": (1, 5), "review": (1, 5), "nps": (0, 10)}


def is_plain(value: bytes) -> bool:
    """Whether JSON is ASCII that holds neither an escape nor U+007F: no string of it can hold a control character."""
    return value.isascii() and BACKSLASH not in value and DELETE not in value


def check(event: Event, value: bytes, *, plain: bool) -> None:
    """The first fault of a decoded event, raised as InvalidEvent; `value` is the JSON it came from."""
    check_year(event.time, "time")
    may_hold_controls = not plain and (BACKSLASH in value or DELETE in value or _C2 in value)
    if type(event) is OrderPaid and not may_hold_controls:  # most are, and no more is asked of them
        return
    if may_hold_controls:
        for name in ("id", "source", "subject"):
            check_controls(getattr(event, name), name)
    if asks_more := isinstance(event, _ASK_MORE):
        check_subject(event.subject, type(event))
    if isinstance(event, FeedbackGiven):
        check_complaint(event.data.kind, event.data.complaint_id)
    if may_hold_controls:
        for place, each in _strings(event.data, "data"):
            check_controls(each, place)
    if asks_more:
        _check_number(event.data)


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


def _check_number(data: object) -> None:
    match data:
        case Refund(amount_minor=0, order_id=None):
            raise InvalidEvent(Code.INVALID_FIELD, "data.amount_minor is 0: allowed only with order_id")
        case Feedback(score=float()):
            _check_score(data)


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
