"""What made a standing be derived again: an event, the passing of time, new rules."""

from datetime import datetime
from typing import Final

from schemas.inbound import AppInteraction, Event, FeedbackGiven, OrderCounted, OrderPaid, OrderRefunded
from schemas.outbound import Cause, Reason
from service.domain.policy import Policy

_REASONS: Final[dict[type[Event], Reason]] = {
    OrderPaid: "order",
    OrderCounted: "order",
    OrderRefunded: "refund",
    AppInteraction: "interaction",
    FeedbackGiven: "feedback",
}
_TYPES: Final = {
    OrderPaid: "order.paid.v1",
    OrderCounted: "order.paid.v1",
    OrderRefunded: "order.refunded.v1",
    AppInteraction: "app.interaction.v1",
    FeedbackGiven: "feedback.given.v1",
}


class Occasion:
    """The reason of the announcements, and their time."""

    __slots__ = ("cause", "former", "reason", "time")

    def __init__(self, reason: Reason, time: datetime, cause: Cause | None = None, former: Policy | None = None) -> None:
        self.reason = reason
        self.time = time
        """The event's time, the midnight of the due day, or the policy's activation."""
        self.cause = cause
        self.former = former
        """The policy that a new one follows."""


def by_event(event: Event, *, late: bool) -> Occasion:
    """An event; `late` when its day lies before the as-of day."""
    reason: Reason = "late-event" if late else _event_reason(event)
    return Occasion(reason, event.time, Cause(source=event.source, id=event.id, type=_TYPES[type(event)]))


def _event_reason(event: Event) -> Reason:
    if isinstance(event, FeedbackGiven) and (event.data.kind == "complaint" or event.data.kind == "complaint-resolved"):
        return event.data.kind
    return _REASONS[type(event)]
