"""Facts: what is known of one customer, a merge of observations.

The order in which events arrive does not matter, a repeated event changes nothing, a refund takes its order back.
"""

from bisect import bisect_left
from enum import Enum
from typing import Final, assert_never

from schemas.inbound import AppInteraction, Event, Feedback, FeedbackGiven, OrderPaid, OrderRefunded, Refund
from service.domain.day_ledger import EVER, DayLedger
from service.domain.feedback import Complaints, Ratings
from service.domain.orders import AMOUNT, NO_ORDER, NOTHING, Orders
from service.domain.policy import Frame
from service.domain.remembered import Remembered, short_id

ORDERS: Final = 0
SPEND: Final = 1
MARGIN: Final = 2
MOST_EVENT_IDS = 4096
IDS_STEP = 8
"""Ids past their bounds are dropped every so many days; till then they are kept, but no longer recognised."""


class Recognition(Enum):
    """How an event compares with those that are remembered."""

    NEW = "new"
    REPEAT = "repeat"
    CONFLICT = "conflict"


class Facts:
    """The day ledger, remembered orders, refunds and event ids, complaints and ratings of one customer.

    `purchases` holds the days with an order that counts (orders, spend, margin), `debits` the refunds that belong to no
    known order, `interactions` the counts by kind. Days are business days, amounts minor units. Of purchases the days
    themselves are never forgotten: a rhythm is read from them, and a churn model with another memory.
    """

    __slots__ = (
        "complaints",
        "debits",
        "enrolled_on",
        "events",
        "interactions",
        "not_before",
        "orders",
        "packed",
        "purchases",
        "ratings",
    )

    def __init__(self, enrolled_on: int) -> None:
        self.enrolled_on = enrolled_on
        self.not_before = -(1 << 30)
        """Nothing of an earlier day is accepted: its repeats could not be recognised (see MOST_EVENT_IDS)."""
        self.purchases = DayLedger(3, remembers=EVER)
        self.debits = DayLedger(1)
        self.interactions: dict[str, DayLedger] = {}
        self.orders = Orders()
        self.events = Remembered()
        self.packed: bytes | None = None
        """For whoever keeps facts as bytes: what he made of all but purchases, orders and events; None since it changed."""
        self.complaints = Complaints()
        self.ratings = Ratings()

    def recognise(self, event: Event, fingerprint: int, as_of: int, frame: Frame) -> Recognition:
        """Whether an event is new, a repeat, or in conflict with one that is remembered on the as-of day."""
        since = as_of - frame.late_days
        match event:
            case OrderPaid():
                remembered, short = self.orders.orders, short_id(event.data.order_id)
                since -= frame.refund_horizon_days
            case OrderRefunded():
                remembered, short = self.orders.refunds, short_id(event.data.refund_id)
                since -= frame.refund_horizon_days
            case _:
                remembered, short = self.events, short_id(event.source, event.id)
        at = remembered.find(short, since)
        if at is None:
            return Recognition.NEW
        return Recognition.REPEAT if remembered.is_same(at, fingerprint) else Recognition.CONFLICT

    def fold(self, event: Event, day: int, fingerprint: int, frame: Frame) -> int:
        """Add a new event; the earliest business day of which something changed."""
        changed = day
        if day < self.enrolled_on:
            self.enrolled_on = day
        if isinstance(event, OrderPaid):
            order = event.data
            self.add_order(short_id(order.order_id), fingerprint, day, order.amount_minor, order.margin_minor or 0, frame)
            return changed
        self.packed = None
        match event:
            case OrderRefunded():
                changed = self._fold_refund(event.data, day, fingerprint, frame)
            case AppInteraction():
                self._remember(event, day, fingerprint)
                self._count(event.data.kind, day)
            case FeedbackGiven():
                self._remember(event, day, fingerprint)
                self._hear(event.data, day)
            case _:
                assert_never(event)
        return changed

    def forget(self, ledger_before: int, as_of: int, frame: Frame) -> None:
        """Drop what no rule and no late event can reach any more: ids past their bounds, days that no window holds."""
        self.forget_ids(as_of, frame)
        self.packed = None
        for ledger in (self.purchases, self.debits, *self.interactions.values()):
            ledger.forget(ledger_before)
        self.ratings.forget(ledger_before)

    def days_before(self, day: int) -> int:
        """How many days before `day` are kept, those of each kind counted by themselves."""
        ledgers = [self.purchases, self.debits, *self.interactions.values()]
        return sum([ledger.days_before(day) for ledger in ledgers]) + bisect_left(self.ratings.days, day)

    def forget_ids(self, as_of: int, frame: Frame) -> None:
        """Drop the ids that are past their bounds: every so many days, for it touches what most events don't."""
        day = as_of - as_of % IDS_STEP
        self.events.forget(day - frame.late_days)
        if self.orders.forget(day - frame.late_days - frame.refund_horizon_days):
            self.packed = None

    def forgets_on(self, as_of: int) -> int:
        """The next as-of day on which ids are dropped."""
        return as_of - as_of % IDS_STEP + IDS_STEP

    def gains(self, day: int, weights: dict[str, int]) -> tuple[int, int, int]:
        """Orders, spend and engagement of a kept day."""
        engagement = 0
        for kind, ledger in self.interactions.items():
            engagement += weights.get(kind, 0) * ledger.at(0, day)
        return self.purchases.at(ORDERS, day), self.purchases.at(SPEND, day), engagement

    def days_after(self, day: int) -> list[int]:
        """The days after `day` of which something is known that a rule may ask for, in order."""
        sources: list[DayLedger | Complaints | Ratings] = [self.purchases, self.debits, self.complaints, self.ratings]
        sources += self.interactions.values()
        return sorted(set().union(*[source.days_after(day) for source in sources]))

    def add_order(self, short: bytes, mark: int, day: int, paid: int, margin: int, frame: Frame) -> None:
        """A new order: refunds that name it and are waiting are taken off it."""
        orders = self.orders
        index = orders.orders.add(short, mark, day, (paid, margin))
        if orders.refund_orders:
            for refund in orders.refunds_of(short, day, day + frame.refund_horizon_days):
                self.packed = None
                orders.link(refund)
                self.debits.add(orders.refunds.days[refund], (-orders.refunds.columns[AMOUNT][refund],))
            added = orders.purchase_at(index, count_zero_orders=frame.count_zero_orders)
            if added != NOTHING:
                self.purchases.add(day, added)
        elif paid or frame.count_zero_orders:
            self.purchases.add(day, (1, paid, margin))

    def add_orders(self, orders: list[tuple[bytes, int, int, int]], frame: Frame) -> None:
        """New orders of growing days, the first no earlier than the newest, while no refund is known.

        Of each what is remembered of it (`remembered.CELL`), its day, what was paid, and the margin.
        """
        cells, days, paid, margins = [list(column) for column in zip(*orders, strict=True)]
        self.orders.orders.extend(cells, days, [paid, margins])
        self.count_orders(orders, frame)

    def count_orders(self, orders: list[tuple[bytes, int, int, int]], frame: Frame) -> None:
        """The same without remembering them: their repeats would be counted again."""
        counted = [order for order in orders if order[2] or frame.count_zero_orders]
        if counted:
            kept, amounts = _by_day(counted)
            self.purchases.extend(kept, amounts)

    def add_refund(self, short: bytes, mark: int, day: int, amount: int, order: bytes, frame: Frame) -> int:
        """A new refund, of an order or of none (NO_ORDER); the earliest day of which something changed."""
        orders = self.orders
        refund = orders.add_refund(short, mark, day, amount, order)
        index = orders.orders.find(order, day - frame.refund_horizon_days) if order != NO_ORDER else None
        if index is None or orders.orders.days[index] > day:
            if amount:
                self.debits.add(day, (amount,))
            return day
        before = orders.purchase_at(index, count_zero_orders=frame.count_zero_orders)
        orders.link(refund)
        after = orders.purchase_at(index, count_zero_orders=frame.count_zero_orders)
        if after != before:
            self.purchases.add(orders.orders.days[index], after.minus(before))
        return min(day, orders.orders.days[index])

    def _fold_refund(self, refund: Refund, day: int, fingerprint: int, frame: Frame) -> int:
        order = short_id(refund.order_id) if refund.order_id is not None else NO_ORDER
        return self.add_refund(short_id(refund.refund_id), fingerprint, day, refund.amount_minor, order, frame)

    def _count(self, kind: str, day: int) -> None:
        ledger = self.interactions.get(kind)
        if ledger is None:
            ledger = self.interactions[kind] = DayLedger(1)
        ledger.add(day, (1,))

    def _hear(self, feedback: Feedback, day: int) -> None:
        match feedback.kind:
            case "complaint":
                self.complaints.give(short_id(feedback.complaint_id or ""), day)
            case "complaint-resolved":
                self.complaints.resolve(short_id(feedback.complaint_id or ""), day)
            case "rating" if feedback.score is not None:
                self.ratings.add(day, feedback.score)

    def _remember(self, event: AppInteraction | FeedbackGiven, day: int, fingerprint: int) -> None:
        self.events.add(short_id(event.source, event.id), fingerprint, day)
        self.bound_events()

    def bound_events(self) -> None:
        """Drop the oldest day of event ids while there are too many; what comes later of such days is refused."""
        while len(self.events) > MOST_EVENT_IDS:
            oldest = self.events.days[0]
            self.events.forget(oldest + 1)
            self.not_before = self.events.days[0] if len(self.events) else oldest + 1


def _by_day(orders: list[tuple[bytes, int, int, int]]) -> tuple[list[int], list[list[int]]]:
    """The days of orders that count, and of each day how many there are, what was paid for them and their margin."""
    days: list[int] = []
    counts: list[int] = []
    spends: list[int] = []
    margins: list[int] = []
    for _, day, paid, margin in orders:
        if days and days[-1] == day:
            counts[-1] += 1
            spends[-1] += paid
            margins[-1] += margin
        else:
            days.append(day)
            counts.append(1)
            spends.append(paid)
            margins.append(margin)
    return days, [counts, spends, margins]
