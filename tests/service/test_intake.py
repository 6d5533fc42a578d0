"""Intake: what is forwarded, what is counted only, what is refused, and why first."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.codec import MOST_BYTES
from schemas.dead_letters import Code, headers_for
from service.intake import MOST_AHEAD, Anonymous, Forward, Rejected, Taken, intake
from tests import builders

EVENT_TIME = datetime(2024, 1, 4, 12, tzinfo=UTC)
ORDER: dict[str, Any] = json.loads(builders.order(3, 1234, id="1"))


def taken(value: bytes | Mapping[str, Any], *, now: datetime = EVENT_TIME) -> Taken:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return intake(raw, (), now=now, currency="USD")


def code(outcome: Taken) -> Code:
    assert isinstance(outcome, Rejected)
    assert outcome.message
    return outcome.code


def test_an_order_is_forwarded_under_its_customer() -> None:
    outcome = taken(ORDER)

    assert isinstance(outcome, Forward)
    assert outcome.customer_id == "c-1"
    assert json.loads(outcome.value) == {**ORDER, "time": "2024-01-04T12:00:00Z"}


def test_an_hour_ahead_is_taken_and_a_moment_more_is_not() -> None:
    assert isinstance(taken(ORDER, now=EVENT_TIME - MOST_AHEAD), Forward)
    assert code(taken(ORDER, now=EVENT_TIME - MOST_AHEAD - timedelta(microseconds=1))) == Code.FUTURE_EVENT


def test_a_value_of_the_greatest_size_is_taken_and_a_byte_more_is_not() -> None:
    value = json.dumps(ORDER).encode().ljust(MOST_BYTES)

    assert isinstance(taken(value), Forward)
    assert code(taken(value + b" ")) == Code.TOO_LARGE


@pytest.mark.parametrize("kind", [builders.order, builders.refund])
def test_another_currency_is_refused(kind: Any) -> None:
    value = kind(3, 5, id="1")

    assert isinstance(taken(value), Forward)
    assert code(taken(value.replace(b"USD", b"usd"))) == Code.UNKNOWN_CURRENCY


def test_the_currency_is_asked_before_the_time_and_after_the_data() -> None:
    early = EVENT_TIME - timedelta(days=1)
    euros = {**ORDER, "data": {**ORDER["data"], "currency": "EUR"}}

    assert code(taken(euros, now=early)) == Code.UNKNOWN_CURRENCY
    assert code(taken({**euros, "data": {**euros["data"], "amount_minor": -1}}, now=early)) == Code.INVALID_FIELD


@pytest.mark.parametrize("subject", [None, ...])
def test_an_anonymous_event_is_checked_like_any_other(subject: Any) -> None:
    nobody = {name: value for name, value in {**ORDER, "subject": subject}.items() if value is not ...}

    assert taken(nobody) == Anonymous()
    assert code(taken(nobody, now=EVENT_TIME - timedelta(days=1))) == Code.FUTURE_EVENT
    assert code(taken({**nobody, "data": {**ORDER["data"], "currency": "EUR"}})) == Code.UNKNOWN_CURRENCY
    assert code(taken({**nobody, "data": {**ORDER["data"], "channel": ""}})) == Code.INVALID_FIELD


def test_an_interaction_of_nobody_is_anonymous_and_feedback_of_nobody_is_refused() -> None:
    assert taken({**json.loads(builders.interaction(3, "app-open", id="1")), "subject": None}) == Anonymous()
    rating = json.loads(builders.event("feedback.given.v1", {"kind": "rating", "score": 4}, day=3, id="f"))
    assert code(taken({**rating, "subject": None})) == Code.MISSING_SUBJECT


def test_a_record_without_a_value_is_refused() -> None:
    assert code(intake(None, (), now=EVENT_TIME, currency="USD")) == Code.MALFORMED_JSON


def test_a_dead_letter_says_where_it_was_and_what_is_wrong() -> None:
    assert headers_for("orders", 2, 41, Code.CONFLICT, "größer") == [
        ("__streams.errors.topic", b"orders"),
        ("__streams.errors.partition", b"2"),
        ("__streams.errors.offset", b"41"),
        ("__streams.errors.exception", b"InvalidEvent"),
        ("__streams.errors.message", "größer".encode()),
        ("tiering.error.code", b"conflict"),
    ]
    assert headers_for("orders", 0, 0, Code.INVALID_FIELD, "\ud800")[4][1] == b"\\ud800"  # never fails
