"""Decoding: what is taken, which fault is named first, and that nothing else is ever raised."""

import json
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.dead_letters import Code, InvalidEvent
from schemas.inbound import OrderPaid
from service.intake import Anonymous, Forward, Rejected, intake
from tests import builders

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ORDER: dict[str, Any] = json.loads(builders.order(3, 1234, id="1"))


def changed(place: str, value: Any) -> bytes:
    """The order with one value changed; `...` removes it."""
    event = json.loads(json.dumps(ORDER))
    *path, key = place.split(".")
    inner = event
    for name in path:
        inner = inner[name]
    if value is ...:
        del inner[key]
    else:
        inner[key] = value
    return json.dumps(event).encode()


BAD = [
    (b"{", Code.MALFORMED_JSON),
    (b"[" * 100_000, Code.MALFORMED_JSON),
    (builders.order(3, 1, id="1").replace(b"1,", b"NaN,"), Code.MALFORMED_JSON),
    (builders.order(3, 1, id="1").replace(b"c-1", b"\\ud800"), Code.MALFORMED_JSON),
    (b"\xff" + builders.order(3, 1, id="1"), Code.MALFORMED_JSON),
    (b"7", Code.INVALID_FIELD),
    (changed("id", ...), Code.MISSING_FIELD),
    (changed("specversion", "0.3"), Code.INVALID_FIELD),
    (changed("type", "order.eaten.v1"), Code.UNKNOWN_TYPE),
    (changed("subject", ""), Code.INVALID_FIELD),
    (changed("subject", "c\n1"), Code.INVALID_FIELD),
    (changed("time", "2024-02-30T12:00:00Z"), Code.INVALID_FIELD),
    (changed("time", "2024-02-03T12:00:00"), Code.INVALID_FIELD),
    (changed("time", "2024-02-03T12:00:00+0530"), Code.INVALID_FIELD),
    (changed("time", "2024-02-03T12:00:00.5-0000"), Code.INVALID_FIELD),
    (changed("time", "2024-02-03T12:00:00+0000").replace(b"+", b"\\u002B"), Code.INVALID_FIELD),
    (changed("time", "2024-06-30T23:59:60Z"), Code.INVALID_FIELD),
    (changed("data", ...), Code.MISSING_FIELD),
    (changed("data.order_id", ...), Code.MISSING_FIELD),
    (changed("data.amount_minor", "12"), Code.INVALID_FIELD),
    (changed("data.amount_minor", True), Code.INVALID_FIELD),
    (changed("data.amount_minor", 10**40), Code.INVALID_FIELD),
    (changed("data.amount_minor", -1), Code.INVALID_FIELD),
    (changed("data.currency", "EUR"), Code.UNKNOWN_CURRENCY),
    (changed("time", "2031-01-01T00:00:00Z"), Code.FUTURE_EVENT),
    (changed("data.channel", "x" * codec.MOST_BYTES), Code.TOO_LARGE),
    (builders.refund(3, 0, id="1"), Code.INVALID_FIELD),
    (builders.refund(3, 5, id="1").replace(b'"c-1"', b"null"), Code.MISSING_SUBJECT),
    (builders.event("feedback.given.v1", {"kind": "complaint"}, day=3, id="f"), Code.MISSING_FIELD),
    (builders.event("feedback.given.v1", {"kind": "rating", "score": 6}, day=3, id="f"), Code.INVALID_FIELD),
]


@pytest.mark.parametrize(("value", "code"), BAD, ids=[f"{code}-{number}" for number, (_, code) in enumerate(BAD)])
def test_a_bad_event_is_rejected_with_its_first_fault(value: bytes, code: Code) -> None:
    taken = intake(value, (), now=NOW, currency="USD")

    assert isinstance(taken, Rejected)
    assert taken.code == code


def test_an_order_of_nobody_is_anonymous() -> None:
    assert isinstance(intake(changed("subject", None), (), now=NOW, currency="USD"), Anonymous)


def test_binary_mode_says_the_same() -> None:
    headers = [(f"ce_{name}", str(ORDER[name]).encode()) for name in ("specversion", "id", "source", "type", "subject", "time")]
    data = json.dumps(ORDER["data"]).encode()

    assert codec.decode_event(data, [*headers, ("content-type", b"application/json")]) == codec.decode_event(
        json.dumps(ORDER).encode()
    )


def test_the_log_keeps_what_rules_read_and_nothing_else() -> None:
    taken = intake(changed("data.discount_minor", 5), (), now=NOW, currency="USD")

    assert isinstance(taken, Forward)
    assert "discount_minor" not in json.loads(taken.value)["data"]


def test_a_fingerprint_is_of_the_content() -> None:
    first = codec.encode_activity(codec.decode_event(json.dumps(ORDER).encode()))
    same = codec.encode_activity(codec.decode_event(changed("id", "another")))
    other = codec.encode_activity(codec.decode_event(changed("data.amount_minor", 1)))

    assert codec.fingerprint(first) == codec.fingerprint(same)
    assert codec.fingerprint(first) != codec.fingerprint(other)


@pytest.mark.parametrize("kind", [b"order.paid.v1", b"order.paid.v10", b"order.refunded.v1", b"order"])
def test_a_fingerprint_is_the_checksum_of_type_and_content(kind: bytes) -> None:
    head, content = b'{"type":"' + kind + b'"', b',"subject":"c-1","time":"2024-01-01T00:00:00Z","data":{"a":",\\"subject\\":"}}'
    value = head + b',"specversion":"1.0","id":"e-1","source":"/till"' + content

    assert codec.fingerprint(value) == zlib.crc32(head + content)
    assert codec.fingerprint(head + content) == zlib.crc32(head + content)


def test_a_fingerprint_does_not_depend_on_the_order_of_fields() -> None:
    value = codec.encode_activity(codec.decode_event(json.dumps(ORDER).encode()))
    fields = json.loads(value)

    turned = json.dumps(dict(reversed(fields.items()))).encode()
    assert not turned.startswith(b'{"type":')
    assert codec.fingerprint(turned) == codec.fingerprint(value)


@given(
    st.binary(max_size=200), st.lists(st.tuples(st.sampled_from(["ce_id", "ce_type", "content-type"]), st.binary(max_size=20)))
)
def test_decoding_raises_only_its_own_error(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    with suppress(InvalidEvent):
        codec.decode_event(value, headers)


@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda each: st.lists(each) | st.dictionaries(st.text(), each))
)
def test_an_order_with_any_data_is_taken_or_refused(data: Any) -> None:
    with suppress(InvalidEvent):
        assert isinstance(codec.decode_event(changed("data", data)), OrderPaid)


def test_what_is_counted_of_an_order_is_what_the_whole_record_says() -> None:
    value = codec.encode_activity(codec.decode_event(json.dumps(ORDER).encode()))
    whole, counted = codec.decode_activity(value), codec.decode_counted(value)

    assert isinstance(whole, OrderPaid)
    assert isinstance(counted, OrderPaid)
    for name in ("order_id", "amount_minor", "margin_minor", "currency"):
        assert getattr(counted.data, name) == getattr(whole.data, name)
    for name in ("id", "source", "subject", "time"):
        assert getattr(counted, name) == getattr(whole, name)


def test_a_record_without_its_customer_is_not_counted() -> None:
    with pytest.raises(InvalidEvent, match="subject is missing"):
        codec.decode_counted(codec.encode_activity(codec.decode_event(changed("subject", None))))
