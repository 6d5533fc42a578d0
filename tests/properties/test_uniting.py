"""Two customers who turn out to be one: uniting their facts is as good as having known it from the first event on."""

from typing import Any
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from schemas.inbound import Event, Feedback
from service.domain.day_ledger import DayLedger
from service.domain.facts import Facts
from service.domain.uniting import united
from tests.domain.histories import FRAME, feedback_event, interaction_event, order_event, refund_event

Told = tuple[int, Event]
LAST = 55


@st.composite
def histories(draw: st.DrawFn) -> list[Told]:
    """Events with their days, each id once; refunds name orders of the history, or unknown ones."""
    told: list[Told] = []
    for number in range(draw(st.integers(1, 14))):
        day, cents = draw(st.integers(0, LAST)), draw(st.sampled_from([0, 100, 250, 300]))
        kind = draw(st.sampled_from(["order", "order", "refund", "refund", "app-open", "complaint", "resolved", "rating"]))
        if kind == "order":
            told.append((day, order_event(cents, f"{number}", margin=draw(st.none() | st.integers(-50, 50)))))
        elif kind == "refund":
            of = draw(st.none() | st.integers(0, 14).map(str))
            told.append((day, refund_event(max(cents, 1), f"r{number}", of=of)))
        elif kind == "app-open":
            told.append((day, interaction_event(kind, f"i{number}")))
        elif kind == "rating":
            told.append((day, feedback_event(Feedback(kind="rating", score=draw(st.integers(1, 5))), f"f{number}")))
        else:
            of = f"{number % 3}"
            given, resolved = Feedback(kind="complaint", complaint_id=of), Feedback(kind="complaint-resolved", complaint_id=of)
            told.append((day, feedback_event(given if kind == "complaint" else resolved, f"f{number}")))
    return told


def facts_of(told: list[Told], *, forget_before: int | None = None) -> Facts:
    facts = Facts(min((day for day, _ in told), default=LAST))
    for day, event in told:
        facts.fold(event, day, crc32(event.id.encode()), FRAME)
    if forget_before is not None:
        facts.purchases.forget(forget_before)
        facts.debits.forget(forget_before)
    return facts


def content(facts: Facts) -> dict[str, Any]:
    """What facts say, in no order that tells the way there."""
    orders, refunds = facts.orders.orders, facts.orders.refunds
    ledgers = {"purchases": facts.purchases, "debits": facts.debits, **facts.interactions}
    return {
        **{name: ledger_content(ledger) for name, ledger in ledgers.items()},
        "orders": {orders.id_at(at): (day, [column[at] for column in orders.columns]) for at, day in enumerate(orders.days)},
        "refunds": {
            refunds.id_at(at): (day, [column[at] for column in refunds.columns], facts.orders.order_of(at))
            for at, day in enumerate(refunds.days)
        },
        "events": {facts.events.id_at(at): day for at, day in enumerate(facts.events.days)},
        "complaints": facts.complaints.by_id,
        "ratings": dict(zip(facts.ratings.days, facts.ratings.scores, strict=True)),
        "enrolled_on": facts.enrolled_on,
    }


def ledger_content(ledger: DayLedger) -> tuple[Any, ...]:
    columns = [list(column) for column in ledger.columns]
    return list(ledger.days), columns, ledger.base, ledger.forgotten, list(ledger.recent)


@given(histories(), st.data())
def test_uniting_is_having_been_one(told: list[Told], data: st.DataObject) -> None:
    whose = data.draw(st.lists(st.sampled_from([0, 1]), min_size=len(told), max_size=len(told)))
    one, other = ([each for each, who in zip(told, whose, strict=True) if who == side] for side in (0, 1))
    whole = content(facts_of(told))

    assert content(united(facts_of(one), facts_of(other), LAST, FRAME)) == whole
    assert content(united(facts_of(other), facts_of(one), LAST, FRAME)) == whole


@given(histories(), st.data())
def test_what_both_know_counts_once(told: list[Told], data: st.DataObject) -> None:
    money = [each for each in told if each[1].data.__class__.__name__ in ("Order", "Refund", "Feedback")]
    shared = data.draw(st.lists(st.booleans(), min_size=len(money), max_size=len(money)))
    one = [each for each, both in zip(money, shared, strict=True) if both]
    expected = content(facts_of(money))

    found = content(united(facts_of(money), facts_of(one), LAST, FRAME))
    if not one:
        found["enrolled_on"] = expected["enrolled_on"]
    assert found == expected


def test_what_one_has_forgotten_is_in_the_totals_only() -> None:
    one = facts_of([(0, order_event(100, "a")), (40, order_event(200, "b"))], forget_before=20)
    other = facts_of([(10, order_event(300, "c")), (50, order_event(400, "d"))])
    for each in (one, other):
        each.forget_ids(50 + 80, FRAME)  # only the orders of day 40 and 50 are remembered

    both = united(one, other, 130, FRAME)

    assert (list(both.purchases.days), both.purchases.forgotten, list(both.purchases.recent)) == ([10, 40, 50], 1, [0])
    assert both.purchases.up_to(1, 99) == 1000
