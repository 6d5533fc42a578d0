"""The data set of the demo: 30,589 events of 469 households, and what is published to be true of them."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

import service.laptop
from schemas import codec, topics
from schemas.inbound import AppInteraction
from schemas.profile import Profile

DATA = Path(service.laptop.__file__).parent / "data"
ZONE = ZoneInfo("America/New_York")
CUTS = (date(2017, 8, 15), date(2017, 10, 1), date(2017, 11, 1))
"""The days up to which, inclusive, the truth is published."""


class Sent(NamedTuple):
    """An event on its way: its business day, topic, customer, and the bytes."""

    day: date
    topic: str
    customer_id: str
    value: bytes


class Figures(NamedTuple):
    """What is compared: orders, purchase days, spend in cents, last purchase day."""

    orders: int
    purchase_days: int
    spend_minor: int
    last_order_on: date | None


def events() -> Iterator[Sent]:
    """All events in the order of their times."""
    with gzip.open(DATA / "complete-journey.jsonl.gz") as lines:
        for line in lines:
            event = codec.decode_event(line.strip())
            topic = topics.APP_INTERACTIONS if isinstance(event, AppInteraction) else topics.ORDERS
            yield Sent(event.time.astimezone(ZONE).date(), topic, event.subject or "", line.strip())


def truth(cut: date) -> dict[str, Figures]:
    """The published figures of every household with an order up to a cut."""
    with gzip.open(DATA / "complete-journey.truth.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["cut_local_date"] == cut.isoformat()]
    return {
        row["customer_id"]: Figures(
            int(row["orders"]),
            int(row["purchase_days"]),
            round(float(row["monetary"]) * 100),
            date.fromisoformat(row["last_local_date"]),
        )
        for row in rows
    }


def recount() -> dict[str, Figures]:
    """The same at the end of the file, counted straight from its orders."""
    bought: dict[str, list[tuple[date, int]]] = {}
    with gzip.open(DATA / "complete-journey.jsonl.gz") as lines:
        for line in lines:
            event = msgspec.json.decode(line)
            if event["type"] == "order.paid.v1":
                day = datetime.fromisoformat(event["time"]).astimezone(ZONE).date()
                bought.setdefault(event["subject"], []).append((day, event["data"]["amount_minor"]))
    return {
        customer_id: Figures(len(orders), len({day for day, _ in orders}), sum(cents for _, cents in orders), max(orders)[0])
        for customer_id, orders in bought.items()
    }


def figures(profile: Profile) -> Figures:
    """A profile's figures."""
    totals = profile.totals
    return Figures(totals.orders, totals.purchase_days, totals.spend_minor, totals.last_order_on)
