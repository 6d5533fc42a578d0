"""Workload W: the orders that the whole service and its peers are measured with.

Two lines an order, customers by Zipf and Mandelbrot (s = 1, q = 50), 400 days in the order of time, one event in 200 sent twice.
The same arguments give the same bytes on every machine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import accumulate, count
from random import Random
from typing import Any, NamedTuple

import orjson

from service.intake import Forward, intake

EVENTS, CUSTOMERS, DAYS = 300_000, 20_000, 400
SEED = 20_250_101
CURRENCY = "CNY"
POLICY = """
name = "workload"
version = 1

[frame]
time_zone = "Asia/Shanghai"
currency = "CNY"
late_days = 30
refund_horizon_days = 30
keep_days = 61
settle_minutes = 120
count_zero_orders = true

[[scheme]]
name = "membership"
hold = { kind = "rolling", grace_days = 0 }
on_loss = "recalculated"

[[scheme.tier]]
name = "regular"

[[scheme.tier]]
name = "silver"
entry = { all = [{ measure = "spend_minor", window = "rolling 365", at_least = 200000 }] }

[[scheme.tier]]
name = "gold"
entry = { all = [{ measure = "spend_minor", window = "rolling 365", at_least = 500000 }] }
"""
"""What the peers do too: one rolling window, three tiers, nothing else."""

_ZONE = timezone(timedelta(hours=8))
_BEGINS = datetime(2024, 1, 1, tzinfo=_ZONE)
_SKUS = [f"latte-m-{number:03}" for number in range(60)] + [f"tea-l-{number:04}" for number in range(60)]
_CHANNELS = ("app", "till", "mini-app", "delivery")
_ONE_IN = 200
_LATEST = 50
"""What is sent twice was sent first so many events before, at most."""


class Sent(NamedTuple):
    """An event and its key."""

    customer_id: str
    value: bytes


def orders(events: int = EVENTS, customers: int = CUSTOMERS, days: int = DAYS, seed: int = SEED) -> Iterator[Sent]:
    """The orders as the tills and the app send them."""
    random = Random(seed)
    ids = [f"c{number:07}" for number in range(customers)]
    random.shuffle(ids)
    weights = list(accumulate(1 / (50 + rank) for rank in range(1, customers + 1)))
    numbers, latest = count(1), list[Sent]()
    for place in range(events):
        if latest and random.randrange(_ONE_IN) == 0:
            yield random.choice(latest)
            continue
        (customer,) = random.choices(ids, cum_weights=weights)
        time = _BEGINS + timedelta(seconds=place * days * 86_400 // events + random.randrange(60))
        sent = Sent(customer, _order(next(numbers), customer, time, random))
        latest = [*latest[1 - _LATEST :], sent]
        yield sent


def activities(events: Iterator[Sent]) -> Iterator[Sent]:
    """What intake forwards of them: the records of the log."""
    now = datetime.max.replace(tzinfo=UTC)
    for event in events:
        taken = intake(event.value, (), now=now, currency=CURRENCY)
        if not isinstance(taken, Forward):
            raise TypeError(f"intake should forward every event of the workload: {taken}")
        yield Sent(taken.customer_id, taken.value)


def _order(number: int, customer: str, time: datetime, random: Random) -> bytes:
    lines = [_line(random) for _ in range(2)]
    data = {
        "order_id": f"o{number:010}",
        "amount_minor": sum(line["amount_minor"] for line in lines),
        "currency": CURRENCY,
        "channel": random.choice(_CHANNELS),
        "store_id": f"s{random.randrange(3000):05}",
        "lines": lines,
    }
    envelope = {"specversion": "1.0", "id": f"01HK09{number:020}", "source": "/orders", "type": "order.paid.v1"}
    whole = {**envelope, "subject": customer, "time": time.isoformat(), "datacontenttype": "application/json", "data": data}
    return orjson.dumps(whole)


def _line(random: Random) -> dict[str, Any]:
    quantity, price = random.choice((1, 1, 1, 1, 2)), random.randrange(9, 39) * 100
    return {"sku": random.choice(_SKUS), "quantity": quantity, "amount_minor": quantity * price}
