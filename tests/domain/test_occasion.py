"""Occasions: the reason and the cause that announcements give."""

import pytest

from schemas.inbound import Event, Feedback
from schemas.outbound import Cause
from service.domain.occasion import Occasion, by_event
from tests.domain.histories import NOON, feedback_event, interaction_event, order_event, refund_event

EVENTS = [
    (order_event(10, "o"), "order", "order.paid.v1"),
    (refund_event(10, "r"), "refund", "order.refunded.v1"),
    (interaction_event("share", "i"), "interaction", "app.interaction.v1"),
    (feedback_event(Feedback(kind="rating", score=3), "f"), "feedback", "feedback.given.v1"),
    (feedback_event(Feedback(kind="complaint", complaint_id="x"), "f"), "complaint", "feedback.given.v1"),
    (feedback_event(Feedback(kind="complaint-resolved", complaint_id="x"), "f"), "complaint-resolved", "feedback.given.v1"),
]


@pytest.mark.parametrize(("event", "reason", "type_"), EVENTS)
def test_an_event_is_the_reason_and_the_cause(event: Event, reason: str, type_: str) -> None:
    found = by_event(event, late=False)

    assert (found.reason, found.time) == (reason, NOON)
    assert found.cause == Cause(source=event.source, id=event.id, type=type_)


@pytest.mark.parametrize(("event", "reason", "type_"), EVENTS)
def test_a_late_event_of_any_kind_is_a_late_event_and_still_the_cause(event: Event, reason: str, type_: str) -> None:
    found = by_event(event, late=True)

    assert found.reason == "late-event"
    assert found.cause == Cause(source=event.source, id=event.id, type=type_)


def test_time_and_rules_have_no_cause() -> None:
    assert Occasion("time", NOON).cause is None
