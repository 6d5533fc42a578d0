"""Which events are accepted: not too late, no repeat, no conflict."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.ledger import Event, event_day
from tests.oracle.programme import Programme

KEPT = {
    "order.paid.v1": ("order_id", "amount_minor", "margin_minor", "currency", "channel", "store_id", "coupon_ids", "lines"),
    "order.refunded.v1": ("refund_id", "order_id", "amount_minor", "currency", "reason"),
    "app.interaction.v1": ("kind", "channel", "campaign_id", "coupon_id", "sku"),
    "feedback.given.v1": ("kind", "complaint_id", "score", "order_id", "store_id", "sku", "channel"),
}


def identity(event: Event) -> tuple[str, ...]:
    """What an event is recognised by."""
    if event["type"] == "order.paid.v1":
        return "order", event["data"]["order_id"]
    if event["type"] == "order.refunded.v1":
        return "refund", event["data"]["refund_id"]
    return "event", event["source"], event["id"]


def content(event: Event) -> Any:
    """What a repeat has in common with the first."""
    data = {key: event["data"].get(key) for key in KEPT[event["type"]]}
    return event["type"], datetime.fromisoformat(event["time"]), data


def verdict(event: Event, accepted: list[Event], as_of: date, programme: Programme) -> str:
    """`new`, `repeat`, `conflict` or `too-late`."""
    frame = programme.frame
    late = timedelta(days=frame["late_days"])
    if event_day(event, programme) < as_of - late:
        return "too-late"
    remembered = late if identity(event)[0] == "event" else late + timedelta(days=frame["refund_horizon_days"])
    for other in accepted:
        if identity(other) == identity(event) and event_day(other, programme) >= as_of - remembered:
            return "repeat" if content(other) == content(event) else "conflict"
    return "new"
