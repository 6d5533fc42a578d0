"""Of several faults the first is named, in the order too-large, malformed-json, envelope, type, data; in both modes."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import codec
from schemas.dead_letters import Code, InvalidEvent
from tests import builders

ORDER: dict[str, Any] = json.loads(builders.order(3, 1234, id="1"))
FEEDBACK: dict[str, Any] = json.loads(builders.event("feedback.given.v1", {"kind": "nps"}, day=3, id="f"))
HUGE = {"1e999": b"1e999", "5,000 digits": b"9" * 5_000}
MARK = 777_777


def written(event: Mapping[str, Any], mark: bytes = b"0", /, **changes: Any) -> bytes:
    """An event with other attributes (`...`: without it; `data`: with other data too); `MARK` is written as `mark`."""
    data = {**event["data"], **changes.pop("data", {})}
    all_of_it = {**event, **changes, "data": data}
    return (
        json.dumps({name: value for name, value in all_of_it.items() if value is not ...})
        .replace(str(MARK), "#")
        .encode()
        .replace(b"#", mark)
    )


def fault(value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> InvalidEvent:
    with pytest.raises(InvalidEvent) as refused:
        codec.decode_event(value, headers)
    return refused.value


@pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
def test_a_huge_number_hides_no_earlier_fault(number: bytes) -> None:
    amount = {"amount_minor": MARK}

    assert fault(written(ORDER, number, data=amount)).code == Code.INVALID_FIELD
    assert fault(written(ORDER, number, data=amount)[:-1]).code == Code.MALFORMED_JSON
    assert fault(written(ORDER, number, data=amount, id=...)).code == Code.MISSING_FIELD
    assert fault(written(ORDER, number, data=amount, type="order.eaten.v1")).code == Code.UNKNOWN_TYPE
    assert fault(written(FEEDBACK, number, data={"score": MARK}, subject=None)).code == Code.MISSING_SUBJECT


@pytest.mark.parametrize("number", HUGE.values(), ids=HUGE)
def test_a_huge_number_in_an_unknown_field_is_no_fault(number: bytes) -> None:
    assert codec.decode_event(written(ORDER, number, weight=MARK)) == codec.decode_event(written(ORDER))
    assert fault(written(ORDER, number, weight=MARK, type="order.eaten.v1")).code == Code.UNKNOWN_TYPE


TWO_FAULTS = {
    "a missing attribute before an invalid one": ({"specversion": "0.3", "id": ...}, Code.MISSING_FIELD),
    "the envelope before the type": ({"id": "", "type": "order.eaten.v1"}, Code.INVALID_FIELD),
    "a control character before the type": ({"source": "a\u0085b", "type": "order.eaten.v1"}, Code.INVALID_FIELD),
    "the year before the type": ({"time": "0001-01-01T00:00:00Z", "type": "order.eaten.v1"}, Code.INVALID_FIELD),
    "the type before the data": ({"type": "order.eaten.v1", "data": {"amount_minor": -1}}, Code.UNKNOWN_TYPE),
    "the colon of the offset before the type": (
        {"time": "2024-01-01T00:00:00+0530", "type": "order.eaten.v1"},
        Code.INVALID_FIELD,
    ),
    "the colon of the offset before the data": ({"time": "2024-01-01T00:00:00+0530", "data": {}}, Code.INVALID_FIELD),
    "a missing field before an invalid one": ({"data": {"channel": 7, "order_id": None}}, Code.MISSING_FIELD),
    "a line's missing field before an invalid one": (
        {"data": {"channel": 7, "lines": [{"quantity": 1, "amount_minor": 5}]}},
        Code.MISSING_FIELD,
    ),
    "null is missing in a line too": (
        {"data": {"lines": [{"sku": None, "quantity": 1, "amount_minor": 5}]}},
        Code.MISSING_FIELD,
    ),
}


@pytest.mark.parametrize(("changes", "code"), TWO_FAULTS.values(), ids=TWO_FAULTS)
def test_the_first_fault_of_an_order(changes: dict[str, Any], code: Code) -> None:
    assert fault(written(ORDER, **changes)).code == code


def test_the_first_fault_of_feedback() -> None:
    complaint = {"kind": "complaint", "score": "many"}

    assert fault(written(FEEDBACK, subject=None, data=complaint)).code == Code.MISSING_SUBJECT
    assert "complaint_id" in fault(written(FEEDBACK, data=complaint)).message
    assert fault(written(FEEDBACK, data={"kind": "complain"})).code == Code.INVALID_FIELD
    assert fault(written(FEEDBACK, subject="", data={"kind": 1})).message.startswith("subject")


@pytest.mark.parametrize("place", ["id", "source", "type", "subject"])
@pytest.mark.parametrize("control", ["\x00", "\n", "\x1f", "\x7f", "\x80", "\x9f"])
def test_no_control_character_in_an_attribute(place: str, control: str) -> None:
    assert fault(written(ORDER, **dict[str, Any]({place: f"a{control}b"}))).code == Code.INVALID_FIELD
    as_it_is = written(ORDER, control.encode(), **dict[str, Any]({place: f"a{MARK}b"}))
    assert fault(as_it_is).code == (Code.MALFORMED_JSON if control < " " else Code.INVALID_FIELD)  # JSON wants some escaped


def test_text_may_hold_line_breaks_and_nothing_else_may() -> None:
    assert codec.decode_event(written(FEEDBACK, data={"text": "slow,\n\tcold"})).id == FEEDBACK["id"]
    assert "data.sku" in fault(written(FEEDBACK, data={"text": "slow", "sku": "a\tb"})).message


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_deep_nesting_is_malformed_wherever_it_is(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth

    assert fault(written(ORDER, deep, extra=MARK)).code == Code.MALFORMED_JSON
    assert fault(written(ORDER, deep, id=..., data={"channel": MARK})).code == Code.MALFORMED_JSON


@pytest.mark.parametrize("surrogate", [b'"\\ud800"', b'"\\udfff x"', b'"\xed\xa0\x80"', b'"\xff"'])
def test_what_is_no_unicode_is_malformed_wherever_it_is(surrogate: bytes) -> None:
    assert fault(written(ORDER, surrogate, extra=MARK)).code == Code.MALFORMED_JSON
    assert fault(written(ORDER, surrogate, id=..., data={"channel": MARK})).code == Code.MALFORMED_JSON


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2024-01-01T23:59:59.9999999Z", datetime(2024, 1, 1, 23, 59, 59, 999_999, UTC)),
        ("2024-01-01T23:59:59.99999950+00:00", datetime(2024, 1, 1, 23, 59, 59, 999_999, UTC)),
        ("2024-01-02T00:00:00.0000000Z", datetime(2024, 1, 2, tzinfo=UTC)),
        ("2024-01-02T07:59:59.123456789+08:00", datetime(2024, 1, 1, 23, 59, 59, 123_457, UTC)),
    ],
)
def test_finer_times_stay_on_their_day(time: str, read: datetime) -> None:
    note = "2024-01-01T23:59:59.9999999Z"  # only the event's own time counts

    assert codec.decode_event(written(ORDER, time=time, note=note)).time == read


@pytest.mark.parametrize("note", ["", "+", "12:00:59+08:00", "x" * 9 + "+"])
def test_a_plus_sign_elsewhere_is_not_the_times(note: str) -> None:
    fine = codec.decode_event(written(ORDER, time="2024-01-01T23:59:59.9999999+08:00", note=note))

    assert fine.time.isoformat() == "2024-01-01T23:59:59.999999+08:00"
    assert fault(written(ORDER, time="2024-01-01T23:59:59+0800", note=note)).code == Code.INVALID_FIELD
    assert fault(written(ORDER, time="2024-01-01T23:59:59-0800", note=note)).code == Code.INVALID_FIELD
    assert codec.decode_event(written(ORDER, time="2024-01-01T23:59:59+08:00", note=note)).time.second == 59


@pytest.mark.parametrize("offset", ["+0000", "-0000", "+0800", "-0030", "+0545", "+1400", "-2359"])
@pytest.mark.parametrize("note", ["plain", "with \\ and \u4e2d"])
def test_no_offset_goes_without_its_colon(offset: str, note: str) -> None:
    sign = {"+": "\\u002b", "-": "\\u002D"}[offset[0]]
    for written_as in (offset, sign + offset[1:]):
        time = f'"2024-01-01T00:00:00.25{written_as}"'.encode()
        assert fault(written(ORDER, time, time=MARK, note=note)).message.startswith("time is 2024-01-01T00:00:00.25" + offset)


@pytest.mark.parametrize("time", ["2024-01-01T00:00:00+00:00", "2024-01-01T05:30:00+05:30", "2024-01-01T00:00:00Z"])
def test_only_the_time_of_the_event_itself_needs_its_colon(time: str) -> None:
    event = written(ORDER, time=time, note="2024-01-01T00:00:00+0000", data={"order_id": "12:00:00-0530"})

    assert codec.decode_event(event).time == datetime(2024, 1, 1, tzinfo=UTC)


def test_an_escaped_offset_is_an_offset() -> None:
    event = written(ORDER, time="2024-01-01T05:30:00+05:30").replace(b"+", b"\\u002b")

    assert codec.decode_event(event).time == datetime(2024, 1, 1, tzinfo=UTC)


DATA = json.dumps(ORDER["data"]).encode()
HEADERS = {f"ce_{name}": str(value).encode() for name, value in ORDER.items() if name != "data"}


def binary(value: bytes | None = DATA, **changes: Any) -> tuple[bytes | None, list[tuple[str, bytes]]]:
    """The order in binary mode with other headers; `...`: without it."""
    return value, [(name, content) for name, content in {**HEADERS, **changes}.items() if content is not ...]


BINARY_FAULTS = {
    "no data": (binary(None), Code.MISSING_FIELD),
    "data that is no JSON": (binary(b"{", ce_id=...), Code.MALFORMED_JSON),
    "two values as data": (binary(b'{}, "id": "x"'), Code.MALFORMED_JSON),
    "a header that is no text": (binary(ce_id=b"\xff"), Code.MALFORMED_JSON),
    "no id": (binary(ce_id=...), Code.MISSING_FIELD),
    "an empty subject": (binary(ce_subject=b""), Code.INVALID_FIELD),
    "a huge number and no id": (binary(b'{"amount_minor": 1e999}', ce_id=...), Code.MISSING_FIELD),
    "too large": (binary(b" " * (codec.MOST_BYTES + 1), ce_id=...), Code.TOO_LARGE),
}


@pytest.mark.parametrize(("record", "code"), BINARY_FAULTS.values(), ids=BINARY_FAULTS)
def test_the_first_fault_in_binary_mode(record: tuple[bytes | None, list[tuple[str, bytes]]], code: Code) -> None:
    assert fault(*record).code == code


def test_headers_that_are_no_attribute_are_nobodys_business() -> None:
    plain = codec.decode_event(*binary())

    assert codec.decode_event(*binary(ce_traceparent=b"\xff", **{"ce_\udcff": b"x", "x": b"\xff"})) == plain
    assert codec.decode_event(DATA, [(name.upper(), content) for name, content in HEADERS.items()]) == plain


def test_the_content_type_says_that_a_value_is_whole() -> None:
    whole = json.dumps(ORDER).encode()
    headers = [("Content-Type", b"Application/CloudEvents+JSON; charset=UTF-8"), ("ce_id", b"another")]

    assert codec.decode_event(whole, headers) == codec.decode_event(whole)
    assert fault(b"\x00\x01", [("content-type", b"application/cloudevents+avro")]).code == Code.MALFORMED_JSON
    assert fault(None, headers[:1]).code == Code.MALFORMED_JSON
