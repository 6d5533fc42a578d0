"""What every peer does with an order: the spend of the last 53 weeks, and the tier that it comes to.

A customer's state is one record of 492 bytes, the same in Python and in Java (`kstreams/.../State.java`), little-endian:

    u8 version, u8 tier, u8 place of the next id, u8 0, u32 newest week, i64 spend, u32 orders, u32 newest time (Unix seconds)
    53 * u32 spend of each week, a ring        32 * 8 bytes: the ends of the latest events' ids, a ring

Whole weeks in a ring stand for the rolling 365 days of tests/performance/workload.py's policy: simpler and faster than days.
A week's spend has to fit into 32 bits, which that of the workload does.
"""

import struct
from collections.abc import Iterable

import msgspec

from schemas.inbound import OrderPaid

WEEK, WEEKS = 7 * 86_400, 53
TIERS = ("regular", "silver", "gold")
SILVER, GOLD = 200_000, 500_000
_HEAD = struct.Struct("<BBBBIqII")
_WEEKS = _HEAD.size
_IDS = _WEEKS + 4 * WEEKS
SIZE = _IDS + 32 * 8
_U32 = struct.Struct("<I")
_NOTHING = bytes(4)
_NO_WEEKS = bytes(4 * WEEKS)

Refused = (msgspec.MsgspecError, UnicodeDecodeError)
"""What decoding something else than an order of the contract raises."""

decode = msgspec.json.Decoder(OrderPaid).decode
"""A record of the log, all of it checked for the contract's types and limits."""


class TierChange(msgspec.Struct):
    """A change as it goes out."""

    event_id: str
    customer_id: str
    time: str
    from_tier: str
    to_tier: str
    spend_minor: int
    orders: int


encode = msgspec.json.Encoder().encode


def fold(states: dict[str, bytearray], values: Iterable[bytes], changes: list[TierChange], changed: set[str]) -> None:
    """Take a batch of the log's records; adds to `changes`, and to `changed` whose states are others now."""
    for value in values:
        try:
            order = decode(value)
        except Refused:
            continue
        customer = order.subject or ""
        state = states.get(customer)
        if state is None:
            state = states[customer] = new_state(order)
        if (change := apply(state, order)) is not REPEATED:
            changed.add(customer)
            if change:
                changes.append(change)


REPEATED = TierChange("", "", "", "", "", 0, 0)
"""Says that an event changed nothing: seen before, or older than what is kept."""


def new_state(order: OrderPaid) -> bytearray:
    """The state before a customer's first order."""
    state = bytearray(SIZE)
    _HEAD.pack_into(state, 0, 1, 0, 0, 0, int(order.time.timestamp()) // WEEK, 0, 0, 0)
    return state


def apply(state: bytearray, order: OrderPaid) -> TierChange | None:
    """Add an order to the state of its customer; the change of tier, None when there is none, or REPEATED."""
    end = order.id.encode()[-8:].rjust(8, b"\0")
    found = state.find(end, _IDS)
    if found >= 0 and not (found - _IDS) & 7:
        return REPEATED
    _, tier, place, _, newest, spend, orders, last = _HEAD.unpack_from(state)
    seconds = int(order.time.timestamp())
    week = seconds // WEEK
    if week > newest:
        spend -= _forget(state, newest, week)
        newest = week
    elif week <= newest - WEEKS:
        return REPEATED
    amount, at = order.data.amount_minor, _WEEKS + week % WEEKS * 4
    _U32.pack_into(state, at, _U32.unpack_from(state, at)[0] + amount)
    spend += amount
    state[_IDS + place * 8 : _IDS + place * 8 + 8] = end
    to = 2 if spend >= GOLD else 1 if spend >= SILVER else 0
    _HEAD.pack_into(state, 0, 1, to, (place + 1) & 31, 0, newest, spend, orders + 1, max(last, seconds))
    if to == tier:
        return None
    time = order.time.isoformat()
    return TierChange(order.id, order.subject or "", time, TIERS[tier], TIERS[to], spend, orders + 1)


def _forget(state: bytearray, newest: int, week: int) -> int:
    """Empty the ring's places for the weeks up to a later one; the spend that was in them."""
    if week - newest >= WEEKS:
        gone: tuple[int, ...] = struct.unpack_from(f"<{WEEKS}I", state, _WEEKS)
        state[_WEEKS:_IDS] = _NO_WEEKS
        return sum(gone)
    spend = 0
    for each in range(newest + 1, week + 1):
        at = _WEEKS + each % WEEKS * 4
        (old,) = _U32.unpack_from(state, at)
        if old:
            spend += int(old)
            state[at : at + 4] = _NOTHING
    return spend


def totals(states: Iterable[bytes | bytearray]) -> tuple[int, int]:
    """The spend and the orders in some states."""
    spend = orders = 0
    for state in states:
        head = _HEAD.unpack_from(state)
        spend += head[5]
        orders += head[6]
    return spend, orders
