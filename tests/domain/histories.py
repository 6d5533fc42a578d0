"""One customer's facts, told event by event; a test states only what it is about."""

from datetime import UTC, datetime

from schemas.inbound import (
    AppInteraction,
    Event,
    Feedback,
    FeedbackGiven,
    Interaction,
    Order,
    OrderPaid,
    OrderRefunded,
    Refund,
)
from service.domain.facts import Facts
from service.domain.policy import Frame
from service.domain.view import View

FRAME = Frame("UTC", "USD", late_days=60, refund_horizon_days=30, keep_days=100, settle_minutes=0)
WEIGHTS = {"app-open": 1, "share": 3}
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
"""Days are given to the facts beside the event, so its own time does not matter here."""


def order_event(cents: int, id: str, *, margin: int | None = None) -> OrderPaid:
    """A paid order."""
    data = Order(order_id=id, amount_minor=cents, margin_minor=margin, currency="USD", channel="till")
    return OrderPaid(specversion="1.0", id=f"e-{id}", source="/till", subject="c-1", time=NOON, data=data)


def refund_event(cents: int, id: str, *, of: str | None = None) -> OrderRefunded:
    """Money given back, for an order or for none."""
    data = Refund(refund_id=id, order_id=of, amount_minor=cents, currency="USD")
    return OrderRefunded(specversion="1.0", id=f"er-{id}", source="/till", subject="c-1", time=NOON, data=data)


def interaction_event(kind: str, id: str) -> AppInteraction:
    """Something in the app."""
    return AppInteraction(specversion="1.0", id=id, source="/app", subject="c-1", time=NOON, data=Interaction(kind=kind))


def feedback_event(data: Feedback, id: str) -> FeedbackGiven:
    """Something said."""
    return FeedbackGiven(specversion="1.0", id=id, source="/app", subject="c-1", time=NOON, data=data)


class History:
    """Facts that grow; each step gives back the history, so that steps can be chained."""

    def __init__(self, frame: Frame = FRAME, enrolled_on: int = 0) -> None:
        self.frame, self.facts = frame, Facts(enrolled_on)
        self.changed = enrolled_on
        """The earliest day of which the latest step changed something."""
        self._count = 0

    def order(self, day: int, cents: int = 100, id: str | None = None, *, margin: int | None = None) -> "History":
        """A paid order."""
        return self.fold(order_event(cents, id or self._next_id(), margin=margin), day)

    def orders(self, *days: int, cents: int = 100) -> "History":
        """One order on each of these days."""
        for day in days:
            self.order(day, cents)
        return self

    def refund(self, day: int, cents: int, of: str | None = None, id: str | None = None) -> "History":
        """Money given back."""
        return self.fold(refund_event(cents, id or self._next_id(), of=of), day)

    def interaction(self, day: int, kind: str = "app-open") -> "History":
        """Something in the app."""
        return self.fold(interaction_event(kind, self._next_id()), day)

    def complaint(self, day: int, id: str) -> "History":
        """A complaint is given."""
        return self.fold(feedback_event(Feedback(kind="complaint", complaint_id=id), self._next_id()), day)

    def resolution(self, day: int, id: str) -> "History":
        """A complaint is resolved."""
        return self.fold(feedback_event(Feedback(kind="complaint-resolved", complaint_id=id), self._next_id()), day)

    def rating(self, day: int, score: float) -> "History":
        """A rating from 1 to 5."""
        return self.fold(feedback_event(Feedback(kind="rating", score=score), self._next_id()), day)

    def fold(self, event: Event, day: int) -> "History":
        """Any event; its fingerprint is always the same."""
        self.changed = self.facts.fold(event, day, 1, self.frame)
        return self

    def view(self, day: int, known: int | None = None, *, term_from: int = 0) -> View:
        """The closing of a day; its opening with `known` the day before."""
        return View(self.facts, day, day if known is None else known, WEIGHTS, term_from)

    def opening(self, day: int, *, term_from: int = 0) -> View:
        """The opening of a day."""
        return self.view(day, day - 1, term_from=term_from)

    def purchases(self) -> dict[int, tuple[int, int, int]]:
        """Orders, spend and margin of every purchase day, as single-day windows see them."""
        ledger = self.facts.purchases
        return {
            day: (ledger.between(0, day, day), ledger.between(1, day, day), ledger.between(2, day, day)) for day in ledger.days
        }

    def debits(self) -> dict[int, int]:
        """Refunds of no known order, by day."""
        return {day: self.facts.debits.between(0, day, day) for day in self.facts.debits.days}

    def _next_id(self) -> str:
        self._count += 1
        return f"n-{self._count}"
