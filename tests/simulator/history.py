"""What a few customers do over some weeks, and what should become of each event at intake; all from one seed."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from schemas import topics
from tests import builders

CUSTOMERS = ("c-1", "c-2", "c-3")
GAPS = (0, 0, 1, 1, 2, 3, 5, 9)
"""Days between two events."""
LATE = (0,) * 9 + (1, 2, 4, 12, 40)
"""Days by which an event comes late: within the bounds, and beyond."""
CENTS = (0, 60, 150, 300, 520, 900)
POISON = "poison"
"""In the id of an event at which the code fails."""
ANONYMOUS = "anonymous"
FORWARDED = "forwarded"


@dataclass(frozen=True)
class Sent:
    """A producer's record: when it is sent (minutes since noon of day 0), and what intake should make of it."""

    minute: int
    topic: str
    value: bytes
    expected: str

    def told(self) -> str:
        """For people."""
        if self.expected == "malformed-json":
            return self.value.decode()
        event = json.loads(self.value)
        data = ", ".join(f"{name}={value}" for name, value in event["data"].items())
        return f"{event['type']} {event['id']} of {event.get('subject', 'nobody')} at {event['time']} ({data})"


def history(random: Random, poison: float) -> list[Sent]:
    """Records in the order of their sending; a share of the first customer's interactions can't be folded."""
    minute, orders, found = 0, dict[str, list[tuple[int, int, int]]](), []
    customers = CUSTOMERS[: random.choice((1, 2, 3))]
    for number in range(random.randint(4, 11)):
        minute += random.choice(GAPS) * 1440 + random.choice((0, 1, 30, 400, 719, 1000))
        customer = random.choice(customers)
        when = minute - random.choice(LATE) * 1440
        if customer == CUSTOMERS[0] and random.random() < poison:
            at: dict[str, Any] = {"minute": when % 1440, "customer": customer, "id": f"{POISON}-{number}"}
            topic, expected = topics.APP_INTERACTIONS, FORWARDED
            value = builders.interaction(when // 1440, "share", **at)
        elif random.random() < 0.12:
            topic, value, expected = _odd(random, number, minute)
        else:
            topic, value, expected = *_happening(random, number, customer, when, orders.setdefault(customer, [])), FORWARDED
        found.append(Sent(minute, topic, value, expected))
    return found


def conflicting(sent: Sent) -> Sent:
    """The same event with other content; one that can't have another comes as it is."""
    event = json.loads(sent.value) if sent.expected == FORWARDED else {"data": {}}
    data = event["data"]
    if "amount_minor" in data:
        data["amount_minor"] += 7
    elif data:
        data["channel"] = "elsewhere"
    else:
        return sent
    return Sent(sent.minute, sent.topic, json.dumps(event).encode(), sent.expected)


def _happening(random: Random, number: int, customer: str, when: int, orders: list[tuple[int, int, int]]) -> tuple[str, bytes]:
    kind = random.choice(("order",) * 6 + ("refund",) * 2 + ("interaction",) * 2 + ("complaint", "resolved", "rating"))
    at: dict[str, Any] = {"day": when // 1440, "minute": when % 1440, "customer": customer, "id": str(number)}
    if kind == "order" or (kind == "refund" and not orders):
        cents = random.choice(CENTS)
        orders.append((number, cents, when))
        return topics.ORDERS, builders.order(at.pop("day"), cents, **at, margin=random.choice((None, cents // 3)))
    if kind == "refund":
        of, cents, _ = random.choice(orders)
        back = max(1, random.choice((cents, cents // 2)))
        return topics.ORDERS, builders.refund(at.pop("day"), back, **at, of=random.choice((str(of), str(of), None)))
    if kind == "interaction":
        return topics.APP_INTERACTIONS, builders.interaction(at.pop("day"), random.choice(("app-open", "share")), **at)
    data: dict[str, Any] = {"kind": "complaint-resolved" if kind == "resolved" else kind}
    data |= {"score": random.choice((1, 5))} if kind == "rating" else {"complaint_id": random.choice(("k-1", "k-2"))}
    return topics.FEEDBACK, builders.event("feedback.given.v1", data, **at | {"id": f"f-{number}"})


def _odd(random: Random, number: int, minute: int) -> tuple[str, bytes, str]:
    """A record that intake does not forward."""
    good = json.loads(builders.order(minute // 1440, 300, minute=minute % 1440, id=f"odd-{number}"))
    match random.choice((ANONYMOUS, "malformed-json", "unknown-currency", "future-event")):
        case "malformed-json" as code:
            return topics.FEEDBACK, f'{{"number": {number}'.encode(), code
        case "unknown-currency" as code:
            good["data"]["currency"] = "EUR"
        case "future-event" as code:
            good["time"] = builders.instant(minute // 1440 + 400)
        case code:
            del good["subject"]
    return topics.ORDERS, json.dumps(good).encode(), code
