"""The brute-force oracle: keeps every event, asks the customer at every moment of every day, and shares no rule code.

It knows only the policy of tests/builders.py, written here a second time as plain Python.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

EPOCH = date(1970, 1, 1)


@dataclass
class Oracle:
    """One customer's events, and what they lead to on a day."""

    events: list[dict[str, Any]] = field(default_factory=list)

    def day(self, event: dict[str, Any]) -> date:
        return datetime.fromisoformat(event["time"]).astimezone(UTC).date()

    def ledger(self, known: date) -> tuple[list[tuple[date, int, int]], list[tuple[date, int]], list[tuple[date, str]]]:
        """Orders that count (day, spend, margin), refunds of no known order (day, amount), interactions (day, kind).

        Refunds reach back to their order's day whatever day they were made on.
        """
        orders, debits, interactions = [], [], []
        paid = {e["data"]["order_id"]: e for e in self.events if e["type"] == "order.paid.v1"}
        taken: dict[str, int] = {}
        for e in self.events:
            if e["type"] == "order.refunded.v1":
                target = paid.get(e["data"].get("order_id"))
                if target is not None and 0 <= (self.day(e) - self.day(target)).days <= 30:
                    of = e["data"]["order_id"]
                    taken[of] = taken.get(of, 0) + e["data"]["amount_minor"]
                else:
                    debits.append((self.day(e), e["data"]["amount_minor"]))
            elif e["type"] == "app.interaction.v1":
                interactions.append((self.day(e), e["data"]["kind"]))
        for of, e in paid.items():
            amount, margin = e["data"]["amount_minor"], e["data"].get("margin_minor", 0)
            if of in taken and taken[of] >= amount:
                continue
            spend = amount - taken.get(of, 0)
            orders.append((self.day(e), spend, margin * spend // amount if amount else margin))
        return (
            [o for o in orders if o[0] <= known],
            [d for d in debits if d[0] <= known],
            [i for i in interactions if i[0] <= known],
        )

    def standing(self, until: date) -> dict[str, Any]:
        """Tiers (name, since), and the segment at the end of a day."""
        first = min(self.day(e) for e in self.events)
        state: dict[str, Any] = {"m": ["regular", first, 0], "v": ["c", first, 0], "segment": None, "differed": 0}
        day = first
        while day <= until:
            opening = self.moment(day, day - timedelta(days=1))
            self.check(state["m"], day, opening, MEMBERSHIP, grace=3, due=True, down=lambda tier, m: one_down(tier))
            self.raise_tier(state["m"], day, opening, MEMBERSHIP)
            self.check(state["v"], day, opening, VALUE, grace=2, due=day.day == 1, down=recalculated)
            self.raise_tier(state["v"], day, opening, VALUE)
            scores_before = opening["scores"]
            self.settle(state, opening["segment"], at_once=False, opening=True)
            closing = self.moment(day, day)
            self.raise_tier(state["m"], day, closing, MEMBERSHIP)
            self.raise_tier(state["v"], day, closing, VALUE)
            risen = any(now > then for now, then in zip(closing["scores"], scores_before, strict=True))
            self.settle(state, closing["segment"], at_once=risen, opening=False)
            day += timedelta(days=1)
        return {
            "membership": (state["m"][0], state["m"][1]),
            "value-class": (state["v"][0], state["v"][1]),
            "segment": state["segment"],
        }

    def settle(self, state: dict[str, Any], current: str | None, *, at_once: bool, opening: bool) -> None:
        if current == state["segment"]:
            state["differed"] = 0
            return
        if opening:
            state["differed"] += 1
        if at_once or current is None or state["segment"] is None or state["differed"] >= 5:
            state["segment"], state["differed"] = current, 0

    def check(self, tier: list[Any], day: date, m: dict[str, Any], rules: Any, *, grace: int, due: bool, down: Any) -> None:
        if tier[0] == next(iter(rules)) or not due or day <= tier[1]:
            return
        entry, keep = rules[tier[0]]
        if keep(m) or entry(m):
            tier[2] = 0
            return
        tier[2] += 1
        if tier[2] > grace:
            tier[:] = [down(tier[0], m), day, 0]

    def raise_tier(self, tier: list[Any], day: date, m: dict[str, Any], rules: Any) -> None:
        names = list(rules)
        for name in reversed(names[names.index(tier[0]) + 1 :]):
            if rules[name][0](m):
                tier[:] = [name, day, 0]
                return

    def moment(self, day: date, known: date) -> dict[str, Any]:
        orders, debits, interactions = self.ledger(known)

        def within(days: int) -> date:
            return day - timedelta(days=days - 1)

        def spend(start: date) -> int:
            return max(0, sum(o[1] for o in orders if o[0] >= start) - sum(d[1] for d in debits if d[0] >= start))

        def count(start: date) -> int:
            return sum(o[0] >= start for o in orders)

        month, quarter = day.replace(day=1), date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        weights = {"app-open": 1, "share": 3}
        scores = (0, 0, 0)
        if orders:
            recency, f, m = (day - max(o[0] for o in orders)).days, count(within(50)), spend(within(50))
            scores = (1, 1, 1)
            if f:
                scores = (
                    1 + sum(cut >= recency for cut in (2, 5, 10, 20)),
                    1 + sum(cut < f for cut in (1, 2, 4, 8)),
                    1 + sum(cut < m for cut in (100, 300, 700, 1500)),
                )
        return {
            "spend30": spend(within(30)),
            "spend40": spend(within(40)),
            "days20": len({o[0] for o in orders if o[0] >= within(20)}),
            "engagement15": sum(weights.get(kind, 0) for when, kind in interactions if when >= within(15)),
            "orders25": count(within(25)),
            "spend_month": spend(month),
            "spend_quarter": spend(quarter),
            "margin30": max(0, sum(o[2] for o in orders if o[0] >= within(30))),
            "tenure": (day - min(o[0] for o in orders)).days if orders else 0,
            "scores": scores,
            "segment": segment(scores),
        }


def one_down(tier: str) -> str:
    names = list(MEMBERSHIP)
    return str(names[names.index(tier) - 1])


def recalculated(tier: str, m: dict[str, Any]) -> str:
    names = list(VALUE)
    for name in reversed(names[1 : names.index(tier)]):
        entry, keep = VALUE[name]
        if keep(m) or entry(m):
            return str(name)
    return str(names[0])


def never(_: dict[str, Any]) -> bool:
    return False


MEMBERSHIP: Any = {
    "regular": (never, never),
    "silver": (lambda m: m["spend30"] >= 500, lambda m: m["spend30"] >= 300),
    "gold": (
        lambda m: (m["spend40"] >= 1500) + (m["days20"] >= 4) + (m["engagement15"] >= 9) >= 2,
        lambda m: m["orders25"] >= 3,
    ),
}
VALUE: Any = {
    "c": (never, never),
    "b": (lambda m: m["spend_month"] >= 400 or m["tenure"] >= 45, lambda m: m["spend_quarter"] >= 350),
    "a": (lambda m: m["margin30"] >= 300, lambda m: m["margin30"] >= 300),
}


def segment(scores: tuple[int, int, int]) -> str | None:
    """From the published table, read from the file that the tests keep."""
    return None if scores == (0, 0, 0) else CELLS["".join(map(str, scores))]


def _cells() -> dict[str, str]:
    import json
    from pathlib import Path

    table = json.loads((Path(__file__).parent / "data" / "rfm_segments.json").read_text())
    return {cell: name for name, cells in table.items() for cell in cells}


CELLS = _cells()
