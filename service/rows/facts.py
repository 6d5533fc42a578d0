"""Facts in a row: next to nothing for what is empty, the ids of orders last."""

import struct

from service.domain.day_ledger import DayLedger
from service.domain.facts import Facts
from service.domain.remembered import ID_BYTES
from service.rows.columns import Part, Source, put_column, put_count, put_ledger, put_remembered

_COMPLAINT = struct.Struct(f"<{ID_BYTES}sii")


def put_facts(parts: list[Part], facts: Facts) -> None:
    """All facts but those of the header. An order changes the first part and the last."""
    if facts.packed is None:
        facts.packed = b"".join(_other_parts(facts))
    put_ledger(parts, facts.purchases)
    put_remembered(parts, facts.events)
    parts.append(facts.packed)
    put_remembered(parts, facts.orders.orders)


def read_facts(source: Source, facts: Facts) -> None:
    """The facts of a row, into empty ones."""
    read_shown(source, facts)
    facts.orders.orders = source.remembered(2)


def read_shown(source: Source, facts: Facts) -> None:
    """Those of them that a profile shows: all but what is remembered of orders."""
    source.ledger(facts.purchases)
    facts.events = source.remembered(0)
    begins = source.at
    if source.row[begins : begins + len(_NOTHING)] == _NOTHING:
        source.at += len(_NOTHING)
    else:
        read_debits(source, facts)
        facts.orders.refunds = source.remembered(2)
        read_said(source, facts)
    facts.packed = source.since(begins)


def read_debits(source: Source, facts: Facts) -> None:
    """Debits and interactions."""
    source.ledger(facts.debits)
    for _ in range(source.count()):
        kind = bytes(source.take(source.byte())).decode()
        facts.interactions[kind] = DayLedger(1)
        source.ledger(facts.interactions[kind])


def read_said(source: Source, facts: Facts) -> None:
    """What refunds and customers say: orders that refunds name, complaints, ratings."""
    facts.orders.refund_orders = bytearray(source.take(len(facts.orders.refunds) * ID_BYTES))
    for _ in range(source.count()):
        short, given, resolved = _COMPLAINT.unpack(source.take(_COMPLAINT.size))
        facts.complaints.by_id[short] = (given, resolved)
    if count := source.count():
        facts.ratings.days, facts.ratings.scores = source.column(count), bytearray(source.take(count))


def _other_parts(facts: Facts) -> list[Part]:
    """What most events leave as it is."""
    parts: list[Part] = []
    put_ledger(parts, facts.debits)
    put_count(parts, len(facts.interactions))
    for kind, ledger in facts.interactions.items():
        name = kind.encode()
        parts.append(len(name).to_bytes(1, "little") + name)
        put_ledger(parts, ledger)
    put_remembered(parts, facts.orders.refunds)
    parts.append(facts.orders.refund_orders)
    put_count(parts, len(facts.complaints.by_id))
    parts += [_COMPLAINT.pack(short, given, resolved) for short, (given, resolved) in facts.complaints.by_id.items()]
    put_count(parts, len(facts.ratings.days))
    if facts.ratings.days:
        put_column(parts, facts.ratings.days)
        parts.append(facts.ratings.scores)
    return parts


_NOTHING = b"".join(_other_parts(Facts(0)))
"""What most rows have there: no debit, interaction, refund, complaint or rating; all their counts are 0."""
