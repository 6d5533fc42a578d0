"""Every event that the contract allows is taken, and what the log keeps of it is read again."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from schemas.documents import EXAMPLES
from schemas.inbound import MOST_MINOR

TEXT = st.characters(exclude_categories=("Cc", "Cs"))
IDS = st.text(TEXT, min_size=1, max_size=128)
AMOUNTS = st.integers(0, MOST_MINOR)
SIGNED = st.integers(-MOST_MINOR, MOST_MINOR)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
KINDS = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,9}", fullmatch=True)
OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(3, 1, 1), datetime(9997, 1, 1), timezones=OFFSETS)  # noqa: DTZ001 (the strategy wants them bare)
LINES = st.fixed_dictionaries(
    {
        "sku": IDS,
        "quantity": st.floats(0, exclude_min=True, allow_infinity=False) | st.integers(1, 10**6),
        "amount_minor": SIGNED,
    },
    optional={"name": st.none() | st.text(TEXT, min_size=1, max_size=256), "category": st.none() | IDS},
)


def optional(*names: str) -> dict[str, Any]:
    return {name: st.none() | IDS for name in names}


ORDERS = st.fixed_dictionaries(
    {"order_id": IDS, "amount_minor": AMOUNTS, "currency": IDS, "channel": IDS},
    optional={
        "margin_minor": st.none() | SIGNED,
        "discount_minor": st.none() | AMOUNTS,
        "coupon_ids": st.none() | st.lists(IDS, max_size=3),
        "lines": st.none() | st.lists(LINES, max_size=3),
        **optional("store_id"),
    },
)
REFUNDS = st.fixed_dictionaries(
    {"refund_id": IDS, "amount_minor": st.integers(1, MOST_MINOR), "currency": IDS}, optional=optional("order_id", "reason")
)
INTERACTIONS = st.fixed_dictionaries(
    {"kind": KINDS}, optional=optional("channel", "campaign_id", "coupon_id", "sku", "session_id")
)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
COMPLAINTS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["survey", "complaint", "complaint-resolved"]), "complaint_id": IDS},
    optional={"score": st.none() | NUMBERS, "text": st.none() | ANY_TEXT, **optional("order_id", "store_id")},
)
OPINIONS = st.fixed_dictionaries(
    {"kind": st.sampled_from(["rating", "review", "nps"]), "score": st.floats(1, 5) | st.integers(1, 5)}, optional=optional("sku")
)
DATA: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "order.paid.v1": ORDERS,
    "order.refunded.v1": REFUNDS,
    "app.interaction.v1": INTERACTIONS,
    "feedback.given.v1": COMPLAINTS | OPINIONS,
}
EVENTS = st.sampled_from(sorted(DATA)).flatmap(
    lambda kind: st.fixed_dictionaries(
        {
            "specversion": st.just("1.0"),
            "id": IDS,
            "source": IDS,
            "type": st.just(kind),
            "subject": IDS,
            "time": TIMES.map(datetime.isoformat),
            "data": DATA[kind],
        },
        optional={"unknown": st.none() | st.integers() | IDS},
    )
)


@given(EVENTS, st.booleans())
def test_a_good_event_survives_the_log(event: dict[str, Any], ascii_only: bool) -> None:
    taken = codec.decode_event(json.dumps(event, ensure_ascii=ascii_only).encode())
    kept = codec.encode_activity(taken)

    assert codec.decode_activity(kept) == taken
    log = json.loads(kept)
    assert list(log) == ["type", "specversion", "id", "source", "subject", "time", "data"]
    assert {name: log[name] for name in log if name not in ("time", "data")} == {
        name: event[name] for name in log if name not in ("time", "data")
    }
    assert log["time"].endswith("Z")
    assert datetime.fromisoformat(log["time"]) == datetime.fromisoformat(event["time"]).astimezone(UTC)
    dropped = {"discount_minor", "session_id", "text"}
    assert log["data"] == {name: each for name, each in plain(event["data"]).items() if name not in dropped}


def plain(value: Any) -> Any:
    """JSON without its nulls: they are the same as nothing."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if each is not None}
    return [plain(each) for each in value] if isinstance(value, list) else value


@given(EVENTS, st.text(TEXT, max_size=20), st.text(TEXT, max_size=20))
def test_a_fingerprint_knows_neither_id_nor_source_nor_the_form_of_the_time(event: dict[str, Any], id_: str, source: str) -> None:
    """Not even an id that looks like the place where the content begins."""
    tricky = {"id": f'{id_}","subject":', "source": f'{source},"subject":"x'}
    in_utc = datetime.fromisoformat(event["time"]).astimezone(UTC).isoformat()

    assert fingerprint({**event, **tricky, "time": in_utc}) == fingerprint(event)
    assert fingerprint({**event, "subject": event["subject"][:127] + "'"}) != fingerprint({**event, "subject": "another"})


def fingerprint(event: dict[str, Any]) -> int:
    return codec.fingerprint(codec.encode_activity(codec.decode_event(json.dumps(event).encode())))


ANNOUNCED: dict[str, Any] = json.loads((EXAMPLES / "tier.changed.v1" / "enrolled.json").read_bytes())


def test_an_announcement_with_fields_of_tomorrow_is_read() -> None:
    later = {**ANNOUNCED, "traceparent": "00", "data": {**ANNOUNCED["data"], "of_tomorrow": 1}}

    assert codec.decode_announcement(json.dumps(later).encode()) == codec.decode_announcement(json.dumps(ANNOUNCED).encode())


@pytest.mark.parametrize("bad", [{"id": 7}, {"type": "tier.eaten.v1"}, {"time": "2024-01-01T00:00:00"}, {"data": {}}])
def test_what_is_no_announcement_is_said(bad: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        codec.decode_announcement(json.dumps({**ANNOUNCED, **bad}).encode())
