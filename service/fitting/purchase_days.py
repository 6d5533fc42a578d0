"""Purchase days: of every customer the days with an order that counts, and what each such order came to.

Read from the same files, by the same intake and folded into the same facts as everything else, so repeats, full refunds and
orders of 0 are what the policy says they are. History is looked at whole: nothing is too late, and an order that was fully
refunded at any time never was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas import codec
from schemas.inbound import Event, OrderPaid, OrderRefunded
from service.domain.calendar import business_day
from service.domain.facts import Facts, Recognition
from service.domain.policy import Frame
from service.intake import Forward, Rejected, intake


@dataclass(frozen=True, slots=True)
class Purchases:
    """One customer's purchase days, growing, and the spend of each order that counts, in minor units."""

    customer_id: str
    days: list[int]
    spend_minor: list[int]


@dataclass
class History:
    """Customers' facts, taken line by line; `last_day` is the newest business day of any good event."""

    frame: Frame
    last_day: int | None = None
    refused: int = 0
    _facts: dict[str, Facts] = field(default_factory=dict)

    def take(self, values: Iterable[bytes]) -> Iterator[int]:
        """Fold lines as they come; after each, how many there were."""
        now = datetime.now(UTC)
        for count, value in enumerate(values, start=1):
            taken = intake(value, (), now=now, currency=self.frame.currency)
            if isinstance(taken, Rejected):
                self.refused += 1
            elif isinstance(taken, Forward):
                self._fold(taken)
            yield count

    def purchases(self) -> list[Purchases]:
        """The customers with at least one order that counts, sorted by id."""
        found = ((customer_id, self._facts[customer_id]) for customer_id in sorted(self._facts))
        return [
            Purchases(customer_id, facts.purchases.days.tolist(), _spends(facts, self.frame))
            for customer_id, facts in found
            if facts.purchases.days
        ]

    def _fold(self, taken: Forward) -> None:
        event = codec.decode_activity(taken.value)
        day = business_day(event.time, self.frame.zone)
        self.last_day = day if self.last_day is None else max(self.last_day, day)
        if isinstance(event, OrderPaid | OrderRefunded):
            self._fold_order(taken.customer_id, event, day, codec.fingerprint(taken.value))

    def _fold_order(self, customer_id: str, event: Event, day: int, fingerprint: int) -> None:
        facts = self._facts.setdefault(customer_id, Facts(day))
        recognition = facts.recognise(event, fingerprint, day, self.frame)
        if recognition is Recognition.NEW:
            facts.fold(event, day, fingerprint, self.frame)
        elif recognition is Recognition.CONFLICT:
            self.refused += 1


def _spends(facts: Facts, frame: Frame) -> list[int]:
    orders = facts.orders
    found = (orders.purchase_at(index, count_zero_orders=frame.count_zero_orders) for index in range(len(orders.orders)))
    return [each.spend_minor for each in found if each.orders]
