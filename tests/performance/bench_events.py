"""Events of a drinks chain as its producers send them: every field of the contract filled."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import orjson

from service.domain.calendar import date_of
from service.domain.policy import Frame

_DRINKS = [
    ("latte-oat-l", "Oat latte, large", "coffee", 2200),
    ("americano-m", "Americano, medium", "coffee", 1600),
    ("matcha-ice-l", "Iced matcha, large", "tea", 2400),
    ("milk-tea-pearl", "Milk tea with pearls", "tea", 1800),
    ("croissant", "Butter croissant", "bakery", 1200),
    ("bagel-salmon", "Salmon bagel", "bakery", 2800),
    ("cookie-choc", "Chocolate cookie", "bakery", 900),
]
_STORES = 200


class Producer:
    """The tills and the app of a chain; times are those of the frame's zone, ids never come twice."""

    def __init__(self, frame: Frame, seed: int = 4) -> None:
        self.frame, self.random = frame, Random(seed)
        self._numbers = count(1)

    def order(self, customer: str, day: int, minute: int) -> bytes:
        """A whole order of three to five lines, `minute` minutes after the local midnight of a business day."""
        number, time = next(self._numbers), self._time(day, minute)
        lines = [self._line() for _ in range(self.random.randint(3, 5))]
        listed = sum(line["amount_minor"] for line in lines)
        discount = listed // 10
        data = {
            "order_id": f"app-{time:%Y%m%d}-{number:08}",
            "amount_minor": listed - discount,
            "currency": self.frame.currency,
            "channel": self.random.choice(["app", "till", "delivery"]),
            "store_id": f"SH-{self.random.randrange(_STORES):04}",
            "discount_minor": discount,
            "margin_minor": listed * 6 // 10 - discount,
            "coupon_ids": [f"cpn-spring-{number % 50}"],
            "lines": lines,
        }
        return self._event(number, "/app/orders", "order.paid.v1", customer, time, data)

    def interaction(self, customer: str, day: int, minute: int, kind: str) -> bytes:
        """Something in the app."""
        number, time = next(self._numbers), self._time(day, minute)
        data = {"kind": kind, "channel": "app", "campaign_id": f"cmp-{number % 30}", "session_id": f"s-{number:012x}"}
        return self._event(number, "/app/interactions", "app.interaction.v1", customer, time, data)

    def day_of(self, customer: str, day: int, minute: int) -> Iterator[bytes]:
        """A day on which a customer buys: some open the app before, fewer redeem a coupon."""
        if self.random.random() < 1 / 3:
            yield self.interaction(customer, day, minute - 2, "app-open")
        if self.random.random() < 1 / 10:
            yield self.interaction(customer, day, minute - 1, "coupon-redeemed")
        yield self.order(customer, day, minute)

    def _line(self) -> dict[str, Any]:
        sku, name, category, price = self.random.choice(_DRINKS)
        quantity = self.random.choice([1, 1, 1, 2])
        return {"sku": sku, "name": name, "category": category, "quantity": quantity, "amount_minor": price * quantity}

    def _time(self, day: int, minute: int) -> datetime:
        midnight = datetime.combine(date_of(day), datetime.min.time(), tzinfo=self.frame.zone)
        return midnight + timedelta(minutes=minute, milliseconds=self.random.randrange(60_000))

    def _event(self, number: int, source: str, kind: str, customer: str, time: datetime, data: dict[str, Any]) -> bytes:
        envelope = {"specversion": "1.0", "id": f"01JNA6QK{number:016X}", "source": source, "type": kind, "subject": customer}
        whole = {**envelope, "time": time.isoformat("T", "milliseconds"), "datacontenttype": "application/json", "data": data}
        return orjson.dumps(whole)
