"""Orders that change no name, taken on the row itself: noted at its end, entered when the row is next decoded.

Most orders are such, and most customers come too seldom to be kept decoded: to note an order costs a fraction of decoding a
row and encoding it again. What is found is what folding the order in full would find; whatever is not as simple is left to that.
"""

import struct
from typing import Final

from schemas.inbound import Amounts
from service import quarantine
from service.domain import calm
from service.domain.calm import PurchaseDays
from service.domain.facts import Facts
from service.domain.headroom import Headroom
from service.domain.policy import Frame, Policy
from service.domain.remembered import short_id
from service.domain.state import State
from service.row_columns import Source
from service.row_front import CALM, CALM_FIELDS, CRC, FLAGS_AT, HEADER, VERSION, layouts, room_of, with_crc
from service.row_states import moment_of, moment_values

_NOTE: Final = struct.Struct("<6sHiqq")
"""Short id, what is remembered of the content, day, paid, margin."""
_ORDER: Final = struct.Struct("<8siqq")
"""The same with id and content at once, as they are remembered (`remembered.CELL`)."""
MOST: Final = 16
"""Notes on a row; with more of them decoding takes longer."""
_MOST_BYTES = quarantine.MOST_BYTES // 8
"""A longer row may come near its limit, which only encoding it can tell."""


def note(row: bytes, order: Amounts, day: int, offset: int, fingerprint: int, policy: Policy) -> tuple[bytes, int | None] | None:
    """Note an order of a business day no earlier than the clock's: the row, and the customer's due day where it came nearer.

    None: it has to be folded in full.
    """
    layout, short, paid = layouts(policy).calm, short_id(order.order_id), order.amount_minor
    if row[0] != VERSION or not row[FLAGS_AT] & CALM or not layout.size <= len(row) <= _MOST_BYTES:
        return None
    values = layout.unpack_from(row, CRC.size)
    due, position, _, _, not_before, version = values[:6]
    first, before, last, noted = values[-4:]
    if version != policy.version or position >= offset or noted >= MOST or not not_before <= day < due:
        return None
    if not paid or row.find(short, HEADER.size) >= 0:
        return None
    opened, room, days = moment_of(values[7:-CALM_FIELDS], policy), room_of(values), PurchaseDays(first, before, last)
    left = room.after(1, paid, 0)
    opening = None if left is None or day < opened.day else _opening(opened, room, days, day, policy)
    if left is None or opening is None:
        return None
    if last < day:
        days = PurchaseDays(first, last, day)
    bought = calm.bought(opening, opening, left, days, policy)
    if bought is None:
        return None
    gained, same = (left.orders, left.purchase_days, left.spend_minor), values[-7:-4]
    calm_fields = (*gained, *same, first, days.before, day, noted + 1)
    front = layout.pack(bought.due, offset, *values[2:7], *moment_values(opening, policy), *calm_fields)
    written = _NOTE.pack(short, fingerprint & 0xFFFF, day, paid, order.margin_minor or 0)
    return with_crc(front + row[CRC.size + layout.size :] + written), bought.due if bought.due < due else None


def enter(source: Source, count: int, facts: Facts, frame: Frame) -> None:
    """Enter the orders that are noted at the end of a row."""
    if count:
        facts.add_orders(list(_ORDER.iter_unpack(source.take(count * _ORDER.size))), frame)


def _opening(opened: State, room: Headroom, days: PurchaseDays, day: int, policy: Policy) -> State | None:
    """Midnight of a day that follows on an opened one; None when a name may be another one."""
    if day == opened.day:
        return opened
    if days.last < opened.day or policy.churn is None:  # nothing moves with an order but the risk
        return calm.opening(opened, day, room)
    bought = calm.bought(opened, opened, room, days, policy)
    return None if bought is None else calm.opening(bought.closed, day, room)
