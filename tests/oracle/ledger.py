"""What all accepted events of a customer say, day by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.days import day_of
from tests.oracle.programme import Programme

Event = dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    """Everything with its business day; only orders that count are in it, each on its own day with what is left of it."""

    orders: list[tuple[date, int, int]]
    """Day, spend, margin."""
    debits: list[tuple[date, int]]
    """Refunds that belong to no order."""
    interactions: list[tuple[date, str]]
    complaints: dict[str, date]
    resolutions: dict[str, date]
    ratings: list[tuple[date, float]]

    def purchase_days(self, known: date) -> list[date]:
        """Days with an order that counts, up to a day."""
        return sorted({day for day, _, _ in self.orders if day <= known})

    def until(self, known: date) -> "Ledger":
        """What is on days up to one."""
        return Ledger(
            [each for each in self.orders if each[0] <= known],
            [each for each in self.debits if each[0] <= known],
            [each for each in self.interactions if each[0] <= known],
            {complaint: day for complaint, day in self.complaints.items() if day <= known},
            {complaint: day for complaint, day in self.resolutions.items() if day <= known},
            [each for each in self.ratings if each[0] <= known],
        )


def event_day(event: Event, programme: Programme) -> date:
    """An event's business day."""
    return day_of(datetime.fromisoformat(event["time"]), programme.zone)


def ledger(events: Iterable[Event], programme: Programme) -> Ledger:
    """The ledger of accepted events, in whatever order they came."""
    of: dict[str, list[tuple[date, dict[str, Any]]]] = {}
    for event in events:
        of.setdefault(event["type"], []).append((event_day(event, programme), event["data"]))
    types = ("order.paid.v1", "order.refunded.v1", "app.interaction.v1", "feedback.given.v1")
    orders, refunds, interactions, feedback = (of.get(each, []) for each in types)
    taken, debits = _refunds(orders, refunds, programme.frame["refund_horizon_days"])
    said: dict[str, dict[str, date]] = {"complaint": {}, "complaint-resolved": {}}
    for day, data in feedback:
        if data["kind"] in said:
            known = said[data["kind"]]
            known[data["complaint_id"]] = min(day, known.get(data["complaint_id"], day))
    return Ledger(
        orders=sorted(_counting(orders, taken, zero=programme.frame["count_zero_orders"])),
        debits=sorted(debits),
        interactions=sorted((day, data["kind"]) for day, data in interactions),
        complaints=said["complaint"],
        resolutions=said["complaint-resolved"],
        ratings=sorted((day, data["score"]) for day, data in feedback if data["kind"] == "rating" and "score" in data),
    )


def _refunds(orders: list[Any], refunds: list[Any], horizon: int) -> tuple[dict[int, list[int]], list[tuple[date, int]]]:
    """What is taken from each order (by its place), and what belongs to none."""
    taken: dict[int, list[int]] = {}
    debits = []
    for day, refund in refunds:
        for place, (bought, order) in enumerate(orders):
            same = order["order_id"] == refund.get("order_id")
            if same and timedelta(0) <= day - bought <= timedelta(days=horizon):
                taken.setdefault(place, []).append(refund["amount_minor"])
                break
        else:
            debits.append((day, refund["amount_minor"]))
    return taken, debits


def _counting(orders: list[Any], taken: dict[int, list[int]], *, zero: bool) -> Iterable[tuple[date, int, int]]:
    for place, (day, order) in enumerate(orders):
        paid, margin = order["amount_minor"], order.get("margin_minor") or 0
        left = paid - sum(taken.get(place, []))
        if (place in taken and left <= 0) or (paid == 0 and not zero):
            continue
        yield day, left, margin * left // paid if paid else margin
