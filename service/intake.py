"""Intake: a producer's record in; an activity for the log, a dead letter, or nothing (an anonymous event) out."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from schemas import codec
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import OrderPaid, OrderRefunded

MOST_AHEAD = timedelta(hours=1)
_WITH_CURRENCY = (OrderPaid, OrderRefunded)


class Forward(Struct, frozen=True, gc=False):
    """An activity for the log, keyed by the customer."""

    customer_id: str
    value: bytes


class Anonymous(Struct, frozen=True, gc=False):
    """A good event of nobody we know: counted, not forwarded."""


class Rejected(Struct, frozen=True, gc=False):
    """A dead letter and its reason."""

    code: Code
    message: str


Taken = Forward | Anonymous | Rejected


def intake(value: bytes | None, headers: codec.Headers, *, now: datetime, currency: str) -> Taken:
    """Decode, check, slim down. `now` is the worker's clock, `currency` the policy's."""
    try:
        event = codec.decode_event(value, headers)
    except InvalidEvent as invalid:
        return Rejected(invalid.code, invalid.message)
    if isinstance(event, _WITH_CURRENCY) and event.data.currency != currency:
        return Rejected(Code.UNKNOWN_CURRENCY, f"data.currency is {event.data.currency!r}: the policy counts {currency}")
    written, event.time = event.time, event.time.astimezone(UTC)
    if event.time > now and event.time - now > MOST_AHEAD:
        return Rejected(Code.FUTURE_EVENT, f"time is {written.isoformat()}, more than an hour ahead of {now.isoformat()}")
    if event.subject is None:
        return Anonymous()
    return Forward(event.subject, codec.encode_activity(event))
