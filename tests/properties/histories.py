"""Random histories of one customer, around the days on which calendars and clocks are odd."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

STARTS = (
    date(2023, 12, 10),  # a year's end, then a leap day
    date(2024, 2, 20),  # a leap day, spring forward in New York and Berlin, Ramadan in Casablanca, autumn in Santiago
    date(2023, 10, 20),  # autumn in New York and Berlin
    date(2011, 12, 20),  # Apia leaves out 30 December
    date(2024, 1, 25),  # the ends of months of different lengths
)
GAPS = (0, 0, 0, 1, 1, 2, 3, 5, 7, 12, 25)
MINUTES = (0, 1, 29, 59, 90, 121, 720, 1379, 1438, 1439)
CENTS = (0, 40, 120, 300, 520, 900)
KINDS = ("order",) * 9 + ("refund",) * 4 + ("interaction",) * 3 + ("rating", "complaint", "resolution", "talk")
CUSTOMER = "c-1"
Event = dict[str, Any]


def instant(day: date, minute: int, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    """A local wall time, in UTC."""
    local = datetime.combine(day, time(minute // 60, minute % 60, fold=fold), tzinfo=zone)
    return local.astimezone(UTC)


def event(number: int, kind: str, data: Event, at: datetime) -> Event:
    """An event as a producer sends it; its id is its number."""
    envelope = {"specversion": "1.0", "id": f"e-{number}", "source": "/till/1", "type": kind, "subject": CUSTOMER}
    return {**envelope, "time": at.isoformat().replace("+00:00", "Z"), "data": data}


def encode(events: list[Event]) -> list[bytes]:
    """Events as they are on a topic."""
    return [json.dumps(each).encode() for each in events]


def order(number: int, cents: int, margin: int | None, at: datetime) -> Event:
    """A paid order; its order id is `o-<number>`."""
    data: Event = {"order_id": f"o-{number}", "amount_minor": cents, "currency": "USD", "channel": "till"}
    return event(number, "order.paid.v1", data | ({} if margin is None else {"margin_minor": margin}), at)


def refund(number: int, cents: int, of: int | None, at: datetime) -> Event:
    """Money back, for the order of a number."""
    data: Event = {"refund_id": f"r-{number}", "amount_minor": cents if of is not None else max(cents, 1), "currency": "USD"}
    return event(number, "order.refunded.v1", data | ({} if of is None else {"order_id": f"o-{of}"}), at)


@st.composite
def happenings(draw: st.DrawFn, number: int, at: datetime, orders: dict[int, int]) -> Event:
    """One event, with its number as id; `orders`: numbers and amounts of the orders that there will ever be."""
    kind = draw(st.sampled_from(KINDS))
    if kind == "order" or number in orders:
        cents = orders.setdefault(number, draw(st.sampled_from(CENTS)))
        return order(number, cents, draw(st.sampled_from((None, -7, 80, 301))), at)
    if kind == "refund":
        of = draw(st.sampled_from((None, *orders, number + 1)))
        cents = draw(st.sampled_from(CENTS))
        if of is not None and draw(st.booleans()):
            cents = orders.setdefault(of, cents)  # in full
        return refund(number, cents, of, at)
    if kind == "interaction":
        return event(number, "app.interaction.v1", {"kind": draw(st.sampled_from(("app-open", "share", "search")))}, at)
    data: Event = {"kind": {"resolution": "complaint-resolved", "talk": "nps"}.get(kind, kind)}
    if kind in ("complaint", "resolution"):
        data["complaint_id"] = f"k-{draw(st.integers(1, 3))}"
    if kind == "rating":
        data |= draw(st.sampled_from(({"score": 1}, {"score": 2.5}, {"score": 5}, {})))
    return event(number, "feedback.given.v1", data, at)


@st.composite
def histories(draw: st.DrawFn, zone: str, *, most: int = 18) -> list[Event]:
    """One to `most` events in the order of their times, over weeks or months."""
    day = draw(st.sampled_from(STARTS))
    moments = []
    for _ in range(draw(st.sampled_from((1, 3, most // 2, most)))):
        day += timedelta(days=draw(st.sampled_from(GAPS)))
        moments.append(instant(day, draw(st.sampled_from(MINUTES)), ZoneInfo(zone), fold=draw(st.integers(0, 1))))
    orders: dict[int, int] = {}
    return [draw(happenings(number, at, orders)) for number, at in enumerate(sorted(moments))]
