"""Orders and their refunds, whichever arrives first.

An order counts unless it is fully refunded (a refund is linked to it and refunded >= paid), or its amount is 0 and the
policy does not count such orders. Its spend is paid minus refunded, on the order's own day.
"""

from typing import NamedTuple

from service.domain.calendar import NEVER
from service.domain.remembered import ID_BYTES, Remembered

NO_REFUND = -1
PAID, MARGIN = range(2)
"""Columns of an order."""
AMOUNT, LINKED = range(2)
"""Columns of a refund. LINKED is 1 when it is taken off its order, 0 while it is a debit of its own day."""
NO_ORDER = bytes(ID_BYTES)


class Purchase(NamedTuple):
    """What an order adds to its day."""

    orders: int
    spend_minor: int
    margin_minor: int

    def minus(self, other: "Purchase") -> "Purchase":
        """The difference between two purchases, as amounts to add to the day."""
        return Purchase(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


NOTHING = Purchase(0, 0, 0)


def purchase(paid: int, refunded: int, margin: int, *, count_zero_orders: bool) -> Purchase:
    """What an order adds; `refunded` is NO_REFUND while no refund is linked."""
    if paid == 0 and not count_zero_orders:
        return NOTHING
    if refunded != NO_REFUND and refunded >= paid:
        return NOTHING
    spend = paid - max(refunded, 0)
    return Purchase(1, spend, margin * spend // paid if paid else margin)


class Orders:
    """Remembered orders and refunds of one customer."""

    __slots__ = ("orders", "refund_orders", "refunds")

    def __init__(self) -> None:
        self.orders = Remembered(2)
        self.refunds = Remembered(2)
        self.refund_orders = bytearray()
        """For each refund the short id of the order it names (zeros: none)."""

    def purchase_at(self, index: int, *, count_zero_orders: bool) -> Purchase:
        """What the order at an index adds to its day."""
        paid, margin = self.orders.columns
        return purchase(paid[index], self._refunded(index), margin[index], count_zero_orders=count_zero_orders)

    def link(self, refund: int) -> None:
        """Take a refund off its order."""
        self.refunds.set(LINKED, refund, 1)

    def add_refund(self, short: bytes, fingerprint: int, day: int, amount: int, order: bytes) -> int:
        """Remember a refund; where it stands now."""
        index = self.refunds.add(short, fingerprint, day, (amount, 0))
        self.refund_orders[index * ID_BYTES : index * ID_BYTES] = order
        return index

    def order_of(self, refund: int) -> bytes:
        """The short id of the order that the refund at an index names, or NO_ORDER."""
        return bytes(self.refund_orders[refund * ID_BYTES : (refund + 1) * ID_BYTES])

    def refunds_of(self, order: bytes, first: int, last: int = NEVER) -> list[int]:
        """Where the refunds stand that name an order, of the days first .. last."""
        found: list[int] = []
        at = self.refund_orders.find(order)
        while at >= 0:
            index = at // ID_BYTES
            if not at % ID_BYTES and first <= self.refunds.days[index] <= last:
                found.append(index)
            at = self.refund_orders.find(order, at + 1)
        return found

    def _refunded(self, index: int) -> int:
        """What the linked refunds of an order add up to; an order is never remembered longer than its refunds."""
        if not self.refund_orders:
            return NO_REFUND
        refunds, (amounts, linked) = self.refunds_of(self.orders.id_at(index), self.orders.days[index]), self.refunds.columns
        taken = [amounts[refund] for refund in refunds if linked[refund]]
        return sum(taken) if taken else NO_REFUND

    def forget(self, before: int) -> int:
        """Drop orders and refunds of days before `before`; how many refunds there were."""
        self.orders.forget(before)
        refunds = self.refunds.forget(before)
        del self.refund_orders[: refunds * ID_BYTES]
        return refunds
