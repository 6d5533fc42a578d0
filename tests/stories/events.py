"""An entry of a story as the event that a producer would have sent: amounts become minor units, local times instants."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

Entry = dict[str, Any]
CUSTOMER = "anna"
_MOMENTS = {"on", "arrives", "id", "every", "times"}
_KINDS = {"order", "refund", "app", "rating", "review", "nps", "survey", "complaint", "resolved"}
_DETAILS = {"margin", "of"}


def event(entry: Entry, at: datetime, number: str, currency: str) -> bytes:
    """One CloudEvents event; `number` tells apart all events of a story, and names an order that has no id of its own."""
    unknown = set(entry) - _MOMENTS - _KINDS - _DETAILS
    kinds = set(entry) & _KINDS
    if unknown or len(kinds) != 1:
        raise ValueError(f"an entry has exactly one of {sorted(_KINDS)}, and nothing unknown: {entry}")
    type_, data = _content(kinds.pop(), entry, number, currency)
    envelope = {"specversion": "1.0", "id": f"e-{number}", "source": "/story", "type": type_, "subject": CUSTOMER}
    return json.dumps({**envelope, "time": at.isoformat(), "data": data}).encode()


def minor(amount: Decimal | int) -> int:
    """Minor units of an amount in units of which 100 minor ones make one."""
    cents = Decimal(amount) * 100
    if cents != int(cents):
        raise ValueError(f"{amount} is no whole number of minor units")
    return int(cents)


def _content(kind: str, entry: Entry, number: str, currency: str) -> tuple[str, dict[str, Any]]:
    what = entry[kind]
    match kind:
        case "order":
            margin = {"margin_minor": minor(entry["margin"])} if "margin" in entry else {}
            paid = {"order_id": number, "amount_minor": minor(what), "currency": currency, "channel": "till"}
            return "order.paid.v1", {**paid, **margin}
        case "refund":
            of = {"order_id": entry["of"]} if "of" in entry else {}
            return "order.refunded.v1", {"refund_id": number, "amount_minor": minor(what), "currency": currency, **of}
        case "app":
            return "app.interaction.v1", {"kind": what}
        case "complaint":
            return "feedback.given.v1", {"kind": "complaint", "complaint_id": what}
        case "resolved":
            return "feedback.given.v1", {"kind": "complaint-resolved", "complaint_id": what}
        case _:
            return "feedback.given.v1", {"kind": kind, "score": float(what)}
