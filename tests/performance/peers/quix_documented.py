"""Quix Streams as its documentation shows it: JSON deserializer, a dictionary as the state, checks by hand."""

from datetime import datetime
from typing import Any

from quixstreams import Application
from quixstreams.state import State

from tests.performance.peers.kernel import GOLD, SILVER, TIERS, WEEK, WEEKS
from tests.performance.peers.task import Course, Task

NEEDED = ("specversion", "id", "source", "subject", "time", "data")
NEEDED_DATA = ("order_id", "amount_minor", "currency", "channel")


class Tiers:
    """The work of one event, and what is counted for the answer."""

    def __init__(self, app: Application, course: Course) -> None:
        self.app, self.course = app, course
        self.customers = self.spend = self.applied = self.changes = 0

    def take(self, event: dict[str, Any], store: State) -> dict[str, Any] | None:
        """An order in, a tier change or None out."""
        if self.course.passed():
            self.app.stop()
        if not valid(event):
            return None
        week = int(datetime.fromisoformat(event["time"]).timestamp()) // WEEK
        state = store.get("state")
        if state is None:
            self.customers += 1
            state = {"weeks": [0] * WEEKS, "newest": week, "spend": 0, "orders": 0, "ids": [], "tier": 0}
        spend_before = state["spend"]
        if event["id"] in state["ids"] or not add(state, week, event["data"]["amount_minor"]):
            return None
        state["ids"] = [*state["ids"][-31:], event["id"]]
        before, state["tier"] = state["tier"], 2 if state["spend"] >= GOLD else 1 if state["spend"] >= SILVER else 0
        store.set("state", state)
        self.spend += state["spend"] - spend_before
        self.applied += 1
        if state["tier"] == before:
            return None
        self.changes += 1
        return {
            "event_id": event["id"],
            "customer_id": event["subject"],
            "time": event["time"],
            "from_tier": TIERS[before],
            "to_tier": TIERS[state["tier"]],
            "spend_minor": state["spend"],
            "orders": state["orders"],
        }


def valid(event: Any) -> bool:
    """As much as one would check by hand."""
    if not isinstance(event, dict) or event.get("type") != "order.paid.v1" or any(event.get(name) is None for name in NEEDED):
        return False
    data = event["data"]
    if any(data.get(name) is None for name in NEEDED_DATA):
        return False
    amount, lines = data["amount_minor"], data.get("lines") or []
    return isinstance(amount, int) and amount >= 0 and all(line["sku"] and line["quantity"] > 0 for line in lines)


def add(state: dict[str, Any], week: int, amount: int) -> bool:
    """Add an order to its week; False when that week is no longer kept."""
    weeks, newest = state["weeks"], state["newest"]
    if week <= newest - WEEKS:
        return False
    for each in range(max(newest + 1, week - WEEKS + 1), week + 1):
        state["spend"] -= weeks[each % WEEKS]
        weeks[each % WEEKS] = 0
    state["newest"] = max(week, newest)
    weeks[week % WEEKS] += amount
    state["spend"] += amount
    state["orders"] += 1
    return True


def main() -> None:
    """As the environment says."""
    task = Task.given()
    app = Application(
        broker_address=task.kafka,
        consumer_group=task.run,
        auto_offset_reset="earliest",
        state_dir=str(task.directory),
        loglevel="WARNING",
    )
    tiers = Tiers(app, Course(task.events))
    orders = app.topic(task.log, value_deserializer="json", key_deserializer="str")
    out = app.topic(task.changes, value_serializer="json", key_serializer="str")
    frame = app.dataframe(orders).apply(tiers.take, stateful=True)
    frame.filter(lambda change: change is not None).to_topic(out)
    app.run()  # ends with a checkpoint
    tiers.course.done()
    tiers.course.answer(tiers.customers, tiers.spend, tiers.applied, tiers.changes)


if __name__ == "__main__":
    main()
