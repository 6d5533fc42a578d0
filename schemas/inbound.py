"""What producers send: orders, refunds, app interactions, feedback.

An event is its CloudEvents envelope with typed data; the type's tag is the envelope's `type`.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

MOST_MINOR = 10**12
# For the JSON Schema only: the codec looks for these itself, and faster.
NO_CONTROLS = {"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}
RFC_3339 = {"pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([0-9]{2}:){2}[0-5][0-9](\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"}

Id = Annotated[str, Meta(min_length=1, max_length=128, extra_json_schema=NO_CONTROLS)]
Name = Annotated[str, Meta(min_length=1, max_length=256, extra_json_schema=NO_CONTROLS)]
Source = Annotated[str, Meta(min_length=1, max_length=1024, extra_json_schema=NO_CONTROLS)]
Text = Annotated[str, Meta(max_length=10_000)]
Kind = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Amount = Annotated[int, Meta(ge=0, le=MOST_MINOR)]
SignedAmount = Annotated[int, Meta(ge=-MOST_MINOR, le=MOST_MINOR)]
Quantity = Annotated[float, Meta(gt=0)]
Time = Annotated[datetime, Meta(tz=True, extra_json_schema=RFC_3339)]


class Line(Struct, omit_defaults=True, kw_only=True):
    """One line of an order; `amount_minor` is negative for something taken back."""

    sku: Id
    quantity: Quantity
    amount_minor: SignedAmount
    name: Name | None = None
    category: Name | None = None


class Amounts(Struct, omit_defaults=True, kw_only=True):
    """What an order comes to."""

    order_id: Id
    amount_minor: Amount
    margin_minor: SignedAmount | None = None
    currency: Id


class Order(Amounts, omit_defaults=True, kw_only=True):
    """A paid order; amounts in minor units of `currency`, `amount_minor` is what the customer paid."""

    channel: Id
    store_id: Id | None = None
    discount_minor: Amount | None = None
    coupon_ids: list[Id] | None = None
    lines: list[Line] | None = None


class Refund(Struct, omit_defaults=True, kw_only=True):
    """Money given back; with `order_id` it belongs to that order."""

    refund_id: Id
    order_id: Id | None = None
    amount_minor: Amount
    currency: Id
    reason: Id | None = None


class Interaction(Struct, omit_defaults=True, kw_only=True):
    """Something a customer did in the app, or that was done to him there."""

    kind: Kind
    channel: Id | None = None
    campaign_id: Id | None = None
    coupon_id: Id | None = None
    sku: Id | None = None
    session_id: Id | None = None


class Feedback(Struct, omit_defaults=True, kw_only=True):
    """What a customer said; `score` is 1..5 for rating and review, 0..10 for nps, any for survey."""

    kind: Literal["rating", "nps", "survey", "review", "complaint", "complaint-resolved"]
    complaint_id: Id | None = None
    score: float | None = None
    text: Text | None = None
    order_id: Id | None = None
    store_id: Id | None = None
    sku: Id | None = None
    channel: Id | None = None


class Envelope(Struct, kw_only=True, tag_field="type"):
    """What every event has; `subject` is the customer, `time` the event time."""

    specversion: Literal["1.0"]
    id: Id
    source: Source
    subject: Id | None = None
    time: Time


class OrderPaid(Envelope, kw_only=True, tag="order.paid.v1"):
    """An order was paid, at a till or in the app."""

    data: Order


class OrderCounted(OrderPaid, kw_only=True, tag="order.paid.v1"):
    """An order without what nothing is counted of: half the time to decode."""

    data: Amounts  # type: ignore[assignment]


class OrderRefunded(Envelope, kw_only=True, tag="order.refunded.v1"):
    """Money was given back."""

    data: Refund


class AppInteraction(Envelope, kw_only=True, tag="app.interaction.v1"):
    """A customer and the app met."""

    data: Interaction


class FeedbackGiven(Envelope, kw_only=True, tag="feedback.given.v1"):
    """A customer gave feedback."""

    data: Feedback


Event = OrderPaid | OrderRefunded | AppInteraction | FeedbackGiven
EVENTS: tuple[type[Event], ...] = (OrderPaid, OrderRefunded, AppInteraction, FeedbackGiven)
