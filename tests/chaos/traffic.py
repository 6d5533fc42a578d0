"""Seeded traffic: what tills and apps send in a run, good and bad, in the order in which it is sent."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from schemas import topics
from tests.integration.test_dead_letters import REFUSED_BY_INTAKE

PARTITIONS = {topics.ORDERS: 3, topics.APP_INTERACTIONS: 5, topics.FEEDBACK: 2}
"""Producers' own counts."""
FIRST = datetime(2024, 2, 1, 12, tzinfo=UTC)


class Sending(NamedTuple):
    """A record and when it is sent, in seconds from the run's begin."""

    second: float
    topic: str
    partition: int
    value: bytes | None
    ahead: float = 0.0
    """Hours that the producer's clock is ahead."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """How a run's traffic is mixed. Shares are of all events; `days` are what event time passes in the `seconds` of the run."""

    seconds: float = 40.0
    rate: float = 60.0
    days: float = 90.0
    customers: int = 120
    hot: float = 0.0
    cashier: int = 0
    """Orders a day of one card."""
    repeated: float = 0.03
    late: float = 0.04
    too_late: float = 0.01
    conflicts: float = 0.005
    disorder: int = 30
    """How far records change places."""
    poison: int = 1
    """How often each of the poison records of `test_dead_letters` comes."""
    ends: datetime | None = None
    """When event time ends; None: it begins at FIRST."""

    def sendings(self, seed: int) -> list[Sending]:
        """All of it, by seconds."""
        chance = random.Random(seed)
        values = _shuffled(list(self._events(chance)), self.disorder, chance)
        for number in range(self.poison):
            for _, poison in REFUSED_BY_INTAKE:
                values.insert(chance.randrange(len(values)), (topics.ORDERS, poison))
            values.insert(chance.randrange(len(values)), (topics.FEEDBACK, b'{"specversion":"1.0","id":"%d"' % number))
        pause = self.seconds / len(values)
        return [
            Sending(number * pause, topic, chance.randrange(PARTITIONS[topic]), value, 48.0 if topic == topics.FEEDBACK else 0.0)
            for number, (topic, value) in enumerate(values)
        ]

    def _events(self, chance: random.Random) -> Iterator[tuple[str, bytes]]:
        count = int(self.seconds * self.rate)
        swipes = self.cashier * self.days / count
        begins = FIRST if self.ends is None else self.ends - timedelta(days=self.days)
        orders: list[dict[str, Any]] = []
        for number in range(count):
            at = begins + timedelta(days=self.days * number / count, seconds=chance.randrange(3600))
            event = self._event(number, at, orders, chance)
            lot = chance.random()
            if lot < self.late:
                _put_back(event, chance.uniform(1, 50))
            elif lot < self.late + self.too_late:
                _put_back(event, chance.uniform(80, 300))
            yield event.pop("topic"), json.dumps(event).encode()
            if chance.random() < self.repeated:
                yield topics.ORDERS, json.dumps(chance.choice(orders[-200:])).encode()
            if chance.random() < self.conflicts:
                other = chance.choice(orders[-200:])
                data = {**other["data"], "amount_minor": other["data"]["amount_minor"] + 1}
                yield topics.ORDERS, json.dumps({**other, "data": data}).encode()
            for card in range(int(number * swipes), int((number + 1) * swipes)):
                yield topics.ORDERS, json.dumps(_order(f"card-{card}", "cashier", 500, at)).encode()

    def _event(self, number: int, at: datetime, orders: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
        customer = self._customer(chance)
        lot = chance.random()
        if lot < 0.66 or not orders:
            order = _order(str(number), customer, chance.choice((0, 300, 800, 1500, 4000, 9000)), at)
            orders.append(order)
            return {**order, "topic": topics.ORDERS}
        if lot < 0.74:
            order = chance.choice(orders[-300:])
            data = {"refund_id": f"r-{number}", "amount_minor": max(1, order["data"]["amount_minor"]), "currency": "USD"}
            if chance.random() < 0.8:
                customer, data["order_id"] = order["subject"], order["data"]["order_id"]
            return {**_envelope(number, "order.refunded.v1", customer, at, data), "topic": topics.ORDERS}
        if lot < 0.92:
            data = {"kind": chance.choice(("app-open", "share", "search")), "session_id": f"s-{number}"}
            someone = customer if lot < 0.90 else None
            return {**_envelope(number, "app.interaction.v1", someone, at, data), "topic": topics.APP_INTERACTIONS}
        kind = chance.choice(("rating", "complaint", "complaint-resolved", "nps"))
        data = {"kind": kind, "text": "said freely"}
        if kind.startswith("complaint"):
            data["complaint_id"] = f"k-{chance.randrange(3)}"
        if kind == "rating":
            data["score"] = chance.choice((1, 2, 4, 5))
        return {**_envelope(number, "feedback.given.v1", customer, at, data), "topic": topics.FEEDBACK}

    def _customer(self, chance: random.Random) -> str:
        if chance.random() < self.hot:
            return "hot"
        return f"c-{min(chance.randrange(self.customers), chance.randrange(self.customers))}"


def _order(name: str, customer: str, cents: int, at: datetime) -> dict[str, Any]:
    data = {"order_id": f"o-{name}", "amount_minor": cents, "margin_minor": cents // 3, "currency": "USD", "channel": "till"}
    return _envelope(name, "order.paid.v1", customer, at, data)


def _envelope(name: object, kind: str, customer: str | None, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    head = {"specversion": "1.0", "id": f"e-{name}", "source": "/till/1", "type": kind, "time": at.isoformat()}
    return {**head, **({} if customer is None else {"subject": customer}), "data": data}


def _put_back(event: dict[str, Any], days: float) -> None:
    event["time"] = (datetime.fromisoformat(event["time"]) - timedelta(days=days)).isoformat()


def _shuffled(values: list[Any], most: int, chance: random.Random) -> list[Any]:
    """Each moves at most about `most` places."""
    places = {number: number + chance.uniform(0, most) for number in range(len(values))}
    return [values[number] for number in sorted(places, key=places.__getitem__)]
