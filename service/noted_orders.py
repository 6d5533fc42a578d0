"""Orders that change no name, taken on the row itself: noted at its end, entered when the row is next decoded.

Most orders are such, and most customers come too seldom to be kept decoded: to note an order costs a fraction of decoding a
row and encoding it again. What is found is what folding the order in full would find; whatever is not as simple is left to that.
"""

import struct
from typing import NamedTuple

from schemas.inbound import Amounts
from service import row_front
from service.domain import calm
from service.domain.calm import PurchaseDays
from service.domain.facts import Facts
from service.domain.headroom import Headroom
from service.domain.policy import Frame, Policy
from service.domain.remembered import short_id
from service.domain.state import State
from service.row_columns import Source
from service.row_front import CALM, HEADER

_NOTE = struct.Struct("<6sHiqq")
"""Short id, what is remembered of the content, day, paid, margin."""
MOST = 16
"""Notes on a row; with more of them decoding takes longer."""


class Noted(NamedTuple):
    """A row with one more order, and the customer's due day now."""

    row: bytes
    due: int


def note(row: bytes, order: Amounts, day: int, offset: int, fingerprint: int, policy: Policy) -> Noted | None:
    """Note an order of a business day no earlier than the clock's; None: it has to be folded in full."""
    if row[0] != row_front.VERSION:
        return None
    _, _, due, position, sequence, enrolled_on, not_before, version, flags = HEADER.unpack_from(row)
    if not flags & CALM or version != policy.version or due <= day or offset <= position or not order.amount_minor:
        return None
    opened, room, days, noted = row_front.read_calm(row, policy)
    short = short_id(order.order_id)
    if day < opened.day or noted >= MOST or row.find(short, HEADER.size) >= 0:
        return None
    left, opening = room.after(1, order.amount_minor, 0), _opening(opened, room, days, day, policy)
    if left is None or opening is None:
        return None
    if days.last < day:
        days = PurchaseDays(days.first, days.last, day)
    bought = calm.bought(opening, opening, left, days, policy)
    if bought is None:
        return None
    head = (bought.due, offset, sequence, enrolled_on, not_before, version, flags)
    front = row_front.packed(head, opening, row_front.calm_values(left, days, noted + 1), policy)
    written = _NOTE.pack(short, fingerprint & 0xFFFF, day, order.amount_minor, order.margin_minor or 0)
    return Noted(row_front.with_crc(front + row[row_front.size(policy, flags) :] + written), bought.due)


def enter(source: Source, count: int, facts: Facts, frame: Frame) -> None:
    """Enter the orders that are noted at the end of a row."""
    for _ in range(count):
        short, mark, day, paid, margin = _NOTE.unpack(source.take(_NOTE.size))
        facts.add_order(short, mark, day, paid, margin, frame)


def _opening(opened: State, room: Headroom, days: PurchaseDays, day: int, policy: Policy) -> State | None:
    """Midnight of a day that follows on an opened one; None when a name may be another one."""
    if day == opened.day:
        return opened
    if days.last < opened.day or policy.churn is None:  # nothing moves with an order but the risk
        return calm.opening(opened, day, room)
    bought = calm.bought(opened, opened, room, days, policy)
    return None if bought is None else calm.opening(bought.closed, day, room)
