"""Intake: a producer's record in; an activity for the log, a dead letter, or nothing (an anonymous event) out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas import codec
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import OrderPaid, OrderRefunded

MOST_AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Forward:
    """An activity for the log, keyed by the customer."""

    customer_id: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Anonymous:
    """A good event of nobody we know: counted, not forwarded."""


@dataclass(frozen=True, slots=True)
class Rejected:
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
    if isinstance(event, OrderPaid | OrderRefunded) and event.data.currency != currency:
        return Rejected(Code.UNKNOWN_CURRENCY, f"data.currency is {event.data.currency!r}: the policy counts {currency}")
    if event.time - now > MOST_AHEAD:
        return Rejected(Code.FUTURE_EVENT, f"time is {event.time.isoformat()}, more than an hour ahead of {now.isoformat()}")
    if event.subject is None:
        return Anonymous()
    return Forward(event.subject, codec.encode_activity(event))
