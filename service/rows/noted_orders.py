"""Orders that change no name, taken on the row itself: noted before its front, entered when the row is next decoded.

Most orders are such, and most customers come too seldom to be kept decoded: to note an order costs a fraction of decoding a
row and encoding it again. What is found is what folding the order in full would find; whatever is not as simple is left to that.
"""

import struct
import zlib
from typing import Any, Final

from schemas.inbound import Amounts
from service import quarantine
from service.domain import calm
from service.domain.calm import NO_DAY, PurchaseDays
from service.domain.facts import Facts
from service.domain.policy import Frame, Policy
from service.domain.remembered import short_id
from service.domain.rfm import Scores
from service.domain.state import State
from service.rows.front import ASKED, CALM, CRC, FLAGS_AT, MOVED, VERSION
from service.rows.states import SCORES, moment_layout, moment_of, moment_values

_NOTE: Final = struct.Struct("<6sHiIi")
"""Short id, what is remembered of the content, day, paid (less than a headroom), margin."""
_ORDER: Final = struct.Struct("<8siIi")
"""The same with id and content at once, as they are remembered (`remembered.CELL`)."""
_crc32: Final = zlib.crc32
_ASKED_SIZE: Final = ASKED.size
_MOVED_SIZE: Final = MOVED.size
_LEAST_MARGIN: Final = -(1 << 31)
_MOST_MARGIN: Final = (1 << 31) - 1
_MOST_BYTES: Final = quarantine.MOST_BYTES // 12
"""A longer row may come near its limit, which only encoding it can tell."""


def note(row: bytes, order: Amounts, day: int, offset: int, fingerprint: int, policy: Policy) -> tuple[bytes, int | None] | None:
    """Note an order of a business day no earlier than the clock's: the row, and the customer's due day where it came nearer.

    None: it has to be folded in full.
    """
    if row[0] != VERSION or not row[FLAGS_AT] & CALM or len(row) > _MOST_BYTES:
        return None
    at = len(row) - _ASKED_SIZE
    values: tuple[int, ...] = ASKED.unpack_from(row, at)
    scores, until, first, most, ids, carried, since, version, left, before, last, noted, crc, due, position, as_of, flags = values
    paid, margin = order.amount_minor, order.margin_minor or 0
    if version != policy.version or position >= offset or not as_of <= day < due or day < since:
        return None
    if noted >= most or not 0 < paid < left or not _LEAST_MARGIN <= margin <= _MOST_MARGIN:
        return None
    short = short_id(order.order_id)
    if row.find(short, ids, at) >= 0:
        return None
    begins = at - carried
    moment, next_due = row[begins:at], until
    if moment:
        days = PurchaseDays(first, before, last)
        found = _after(moment, as_of, day, days, until, SCORES[scores], policy)
        if found is None:
            return None
        moment, next_due = found
    if last < day:
        before = last
    if before == NO_DAY:
        return None
    written = _NOTE.pack(short, fingerprint & 0xFFFF, day, paid, margin)
    crc = _crc32(written, crc)
    moved = MOVED.pack(left - paid, before, day, noted + 1, crc, next_due, offset, day, flags)
    front = moment + row[at:-_MOVED_SIZE] + moved
    noted_row = CRC.pack(VERSION, _crc32(front, crc)) + row[CRC.size : begins] + written + front
    return noted_row, next_due if next_due < due else None


def enter(row: bytes, end: int, count: int, facts: Facts, frame: Frame) -> None:
    """Enter the orders that are noted on a row up to its front."""
    if count:
        facts.add_orders(_noted(row, end, count), frame)


def enter_shown(row: bytes, end: int, count: int, facts: Facts, frame: Frame) -> None:
    """The same as far as a profile shows them: their ids are not remembered."""
    if count:
        facts.count_orders(_noted(row, end, count), frame)


def _noted(row: bytes, end: int, count: int) -> list[tuple[Any, ...]]:
    return list(_ORDER.iter_unpack(row[end - count * _ORDER.size : end]))


def _after(
    moment: bytes, as_of: int, day: int, days: PurchaseDays, until: int, scores: Scores, policy: Policy
) -> tuple[bytes, int] | None:
    """Segment, stage and risk at the opening of the order's day, and the due day after it; None when a name may be another one.

    `moment` is what they were at the opening of the as-of day, `days` the purchase days before the order.
    """
    layout = moment_layout(policy)
    opened = moment_of(as_of, layout.unpack(moment), policy)
    if day > as_of:
        if days.last == as_of and policy.churn is not None:  # nothing else moves with an order of the as-of day
            closed = calm.after_order(opened, opened, until, days, policy)
            if closed is None:
                return None
            opened = State(as_of, (), opened.segment, opened.lifecycle, closed[1])
        opened = calm.opened_with(opened, day, scores)
        moment = layout.pack(*moment_values(opened, policy))
    if days.last < day:
        days = PurchaseDays(days.first, days.last, day)
    found = calm.after_order(opened, opened, until, days, policy)
    return None if found is None else (moment, found[0])
