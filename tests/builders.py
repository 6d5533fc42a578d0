"""Events and policies with defaults: a test states only what it is about."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST = datetime(2024, 1, 1, 12, tzinfo=UTC)
"""Noon of day 0."""


def instant(day: int, minute: int = 0) -> str:
    """A time of a day, counted from 2024-01-01, in UTC."""
    return (FIRST + timedelta(days=day, minutes=minute)).isoformat().replace("+00:00", "Z")


def event(kind: str, data: dict[str, Any], *, day: int, id: str, minute: int = 0, customer: str = "c-1") -> bytes:
    """Any event as a producer sends it."""
    envelope = {"specversion": "1.0", "id": id, "source": "/till/1", "type": kind, "subject": customer}
    return json.dumps({**envelope, "time": instant(day, minute), "data": data}).encode()


def order(day: int, cents: int, *, id: str, margin: int | None = None, minute: int = 0, customer: str = "c-1") -> bytes:
    """A paid order; its order id is `o-<id>`."""
    data = {"order_id": f"o-{id}", "amount_minor": cents, "currency": "USD", "channel": "till"}
    if margin is not None:
        data["margin_minor"] = margin
    return event("order.paid.v1", data, day=day, id=f"e-{id}", minute=minute, customer=customer)


def refund(day: int, cents: int, *, id: str, of: str | None = None, minute: int = 0, customer: str = "c-1") -> bytes:
    """Money given back, for the order with the id `of`."""
    data: dict[str, Any] = {"refund_id": f"r-{id}", "amount_minor": cents, "currency": "USD"}
    if of is not None:
        data["order_id"] = f"o-{of}"
    return event("order.refunded.v1", data, day=day, id=f"er-{id}", minute=minute, customer=customer)


def interaction(day: int, kind: str, *, id: str, minute: int = 0, customer: str = "c-1") -> bytes:
    """Something in the app."""
    return event("app.interaction.v1", {"kind": kind}, day=day, id=f"i-{id}", minute=minute, customer=customer)


FRAME = """
name = "test"
version = 1

[frame]
time_zone = "UTC"
currency = "USD"
late_days = 60
refund_horizon_days = 30
keep_days = 100
settle_minutes = 0
"""

RFM = """
[rfm]
window_days = 50
settle_days = 5
recency_days = [2, 5, 10, 20]
orders = [1, 2, 4, 8]
spend_minor = [100, 300, 700, 1500]
"""

LADDER = """
[[scheme]]
name = "membership"
hold = { kind = "rolling", grace_days = 3 }
on_loss = "one-down"

[[scheme.tier]]
name = "regular"

[[scheme.tier]]
name = "silver"
entry = { all = [{ measure = "spend_minor", window = "rolling 30", at_least = 500 }] }
keep = { any = [{ measure = "spend_minor", window = "rolling 30", at_least = 300 }] }

[[scheme.tier]]
name = "gold"
entry = { at_least = 2, of = [
    { measure = "spend_minor", window = "rolling 40", at_least = 1500 },
    { measure = "purchase_days", window = "rolling 20", at_least = 4 },
    { measure = "engagement", window = "rolling 15", at_least = 9 },
] }
keep = { all = [{ measure = "orders", window = "rolling 25", at_least = 3 }] }

[[scheme]]
name = "value-class"
hold = { kind = "rolling", grace_days = 2, check = "month-start" }
on_loss = "recalculated"

[[scheme.tier]]
name = "c"

[[scheme.tier]]
name = "b"
entry = { any = [
    { measure = "spend_minor", window = "calendar month", at_least = 400 },
    { measure = "tenure_days", at_least = 45 },
] }
keep = { all = [{ measure = "spend_minor", window = "calendar quarter", at_least = 350 }] }

[[scheme.tier]]
name = "a"
entry = { all = [{ measure = "margin_minor", window = "rolling 30", at_least = 300 }] }

[engagement]
weights = { app-open = 1, share = 3 }
"""

POLICY = FRAME + RFM + LADDER
