"""Uniting two customers' facts: what would be known if all events had been one customer's.

It starts from what the two ledgers hold beyond their remembered orders and refunds, and lets those happen again as one
history: an order that both remember counts once, a refund that one remembers finds the order of the other.

Not known any more, and so counted for both: an interaction that was sent under both names (its id is remembered, its kind
is not).
"""

from collections.abc import Iterator

from service.domain.columns import packed
from service.domain.day_ledger import DayLedger
from service.domain.facts import Facts
from service.domain.orders import AMOUNT, LINKED, MARGIN, PAID, Purchase
from service.domain.policy import Frame
from service.domain.remembered import Remembered


def united(one: Facts, other: Facts, as_of: int, frame: Frame) -> Facts:
    """The facts of both, as of the same day; neither is changed. Where they contradict each other, `one` is believed."""
    since = as_of - frame.late_days - frame.refund_horizon_days
    facts = Facts(min(one.enrolled_on, other.enrolled_on))
    facts.not_before = max(one.not_before, other.not_before)
    facts.purchases = _together(_without_orders(one, since, frame), _without_orders(other, since, frame))
    facts.debits = _together(_without_refunds(one, since), _without_refunds(other, since))
    for kind in sorted({*one.interactions, *other.interactions}):
        nothing = DayLedger(1)
        facts.interactions[kind] = _together(one.interactions.get(kind, nothing), other.interactions.get(kind, nothing))
    for each in (one, other):
        _remember_events(facts, each, as_of - frame.late_days)
        _remember_feedback(facts, each)
    for each in (one, other):
        _happen_again(facts, each, since, frame)
    facts.bound_events()
    return facts


def _without_orders(facts: Facts, since: int, frame: Frame) -> DayLedger:
    orders, counted = facts.orders.orders, frame.count_zero_orders
    remembered = [index for index, day in enumerate(orders.days) if day >= since]
    added = [(orders.days[index], facts.orders.purchase_at(index, count_zero_orders=counted)) for index in remembered]
    return _less(facts.purchases, iter(added))


def _without_refunds(facts: Facts, since: int) -> DayLedger:
    refunds = facts.orders.refunds
    waiting = [index for index, day in enumerate(refunds.days) if day >= since and not refunds.columns[LINKED][index]]
    return _less(facts.debits, ((refunds.days[index], (refunds.columns[AMOUNT][index],)) for index in waiting))


def _less(ledger: DayLedger, entries: Iterator[tuple[int, Purchase | tuple[int, ...]]]) -> DayLedger:
    less = ledger.copy()
    for day, amounts in entries:
        if any(amounts):
            less.add(day, [-amount for amount in amounts])
    return less


def _together(one: DayLedger, other: DayLedger) -> DayLedger:
    """Day by day; what one has forgotten the other forgets too, so that forgotten days come before all kept ones."""
    kept_from = max((ledger.recent[-1] + 1 for ledger in (one, other) if ledger.recent), default=None)
    one, other = one.copy(), other.copy()
    if kept_from is not None:
        one.forget(kept_from)
        other.forget(kept_from)
    forgotten = [ledger.first_forgotten for ledger in (one, other) if ledger.forgotten]
    for index, day in enumerate(other.days):
        one.add(day, [column[index] for column in other.columns])
    one.base = [mine + theirs for mine, theirs in zip(one.base, other.base, strict=True)]
    one.forgotten += other.forgotten - len({*one.recent} & {*other.recent})
    one.first_forgotten = min(forgotten, default=0)
    one.recent = packed(sorted({*one.recent, *other.recent})[-one.remembers :])
    return one.copy()


def _remember_events(facts: Facts, each: Facts, since: int) -> None:
    for _, short, mark, day, _ in _remembered(each.events, since):
        if facts.events.find(short) is None:
            facts.events.add(short, mark, day)


def _remember_feedback(facts: Facts, each: Facts) -> None:
    for short, (given, resolved) in each.complaints.by_id.items():
        facts.complaints.give(short, given)
        facts.complaints.resolve(short, resolved)
    for day, score in zip(each.ratings.days, each.ratings.scores, strict=True):
        facts.ratings.add(day, score)


def _happen_again(facts: Facts, each: Facts, since: int, frame: Frame) -> None:
    """The remembered orders and refunds; what was taken off an order that nobody remembers stays taken off."""
    for _, short, mark, day, numbers in _remembered(each.orders.orders, since):
        if facts.orders.orders.find(short) is None:
            facts.add_order(short, mark, day, numbers[PAID], numbers[MARGIN], frame)
    for refund, short, mark, day, numbers in _remembered(each.orders.refunds, since):
        if facts.orders.refunds.find(short) is not None:
            continue
        order = each.orders.order_of(refund)
        if numbers[LINKED] and not _is_remembered(each, order, max(since, day - frame.refund_horizon_days), day):
            facts.orders.refunds.set(LINKED, facts.orders.add_refund(short, mark, day, numbers[AMOUNT], order), 1)
        else:
            facts.add_refund(short, mark, day, numbers[AMOUNT], order, frame)


def _is_remembered(facts: Facts, order: bytes, first: int, last: int) -> bool:
    """Whether an order of the days first .. last is remembered."""
    index = facts.orders.orders.find(order, first)
    return index is not None and facts.orders.orders.days[index] <= last


def _remembered(ids: Remembered, since: int) -> Iterator[tuple[int, bytes, int, int, list[int]]]:
    """Where each id stands that is not past its bound, the id, its mark, day and numbers."""
    for index, day in enumerate(ids.days):
        if day >= since:
            yield index, ids.id_at(index), ids.mark_at(index), day, [column[index] for column in ids.columns]
