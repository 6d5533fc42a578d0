"""Rows of versions 2 to 4, brought forward: the front stood before the facts, and their columns were copied as they are.

Rows of version 4 may have notes, at their end. Those of 3 have headroom behind what was announced, and no notes; those of 2 one
checkpoint at most, what was refunded beside each order, and the facts in another order.
"""

import struct
from typing import Any, Final

from msgspec import structs

from service.domain.customer import Customer
from service.domain.facts import Facts
from service.domain.headroom import Headroom
from service.domain.policy import Policy
from service.domain.remembered import CELL, Remembered
from service.rows.columns import GONE_HEAD, Source
from service.rows.facts import read_debits, read_said
from service.rows.front import ANCHORED, ANNOUNCED, CALM, Header, checkpoints, is_whole
from service.rows.names import read_names
from service.rows.states import SCORES, read_moment, read_state
from service.rows.tiers import read_tiers

VERSIONS: Final = (2, 3, 4)
_HEADER = struct.Struct("<BIiqIiiqB")
_CALM = struct.Struct("<iiqiiBiiiB")
"""Headroom, three purchase days, and how many orders are noted."""
_HEADROOM, _HEADROOM_2 = struct.Struct("<iiqiiB"), struct.Struct("<iiqiiB4x")
_NO_NOTES = 255
_ORDER = struct.Struct("<8siqq")
"""Of a note: id and content, day, paid, margin."""
_GONE_HEAD_2 = struct.Struct("<IiB")
_BEHIND_SAME_TIERS = 5


class _Source(Source):
    """Reads a row of an earlier version."""

    def __init__(self, row: bytes, at: int, gone_head: struct.Struct) -> None:
        super().__init__(row, at)
        self._gone_head = gone_head

    def gone(self) -> tuple[int, ...]:
        """What is known of forgotten days."""
        return self.values(self._gone_head)

    def remembered(self, width: int) -> Remembered:
        """The next ids, which stood before their numbers."""
        remembered = Remembered(width)
        if count := self.count():
            remembered.cells = bytearray(self.take(count * CELL))
            remembered.days = self.column(count)
            remembered.columns = [self.column(count) for _ in range(width)]
        return remembered


def header(row: bytes) -> Header | None:
    """The header of a row; None when it is damaged."""
    if len(row) < _HEADER.size or not is_whole(row):
        return None
    version, _, *head = _HEADER.unpack_from(row)
    return Header(version, *head)


def decode(customer_id: str, row: bytes, policy: Policy, head: Header) -> Customer:
    """The customer of a good row under a policy."""
    source = _Source(row, _HEADER.size, _GONE_HEAD_2 if head.version == 2 else GONE_HEAD)
    facts, moment, calm = Facts(head.enrolled_on), read_moment(source, policy), head.version == 4 and head.flags & CALM != 0
    front: tuple[Any, ...] = source.values(_CALM) if calm else ()
    opened = structs.replace(moment, tiers=read_tiers(source, policy))
    customer = Customer(customer_id, facts, opened, policy.version)
    if head.flags & ANCHORED:
        customer.closings.anchor = read_state(source, policy, opened, skipped=_BEHIND_SAME_TIERS)
    states = range(checkpoints(head.flags))
    customer.closings.checkpoints = tuple([read_state(source, policy, opened, skipped=_BEHIND_SAME_TIERS) for _ in states])
    customer.announced = read_names(source, policy) if head.flags & ANNOUNCED else None
    if head.flags & CALM:
        values = front or source.values(_HEADROOM_2 if head.version == 2 else _HEADROOM)
        orders, days, spend_minor, engagement, until, scores = values[:6]
        customer.headroom = Headroom(orders, days, spend_minor, engagement, until, SCORES[scores])
    customer.due, customer.position, customer.sequence = head.due, head.position, head.sequence
    facts.not_before = head.not_before
    _read_facts(source, facts, head.version)
    if calm and 0 < front[-1] < _NO_NOTES:
        facts.add_orders(list(_ORDER.iter_unpack(source.take(front[-1] * _ORDER.size))), policy.frame)
    return customer


def _read_facts(source: Source, facts: Facts, version: int) -> None:
    source.ledger(facts.purchases)
    facts.orders.orders = source.remembered(3 if version == 2 else 2)
    if version == 2:
        del facts.orders.orders.columns[1:2]  # what was refunded
    else:
        facts.events = source.remembered(0)
    read_debits(source, facts)
    facts.orders.refunds = source.remembered(2)
    if version == 2:
        facts.events = source.remembered(0)
    read_said(source, facts)
