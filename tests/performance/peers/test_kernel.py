"""The peers' kernel against the recount, which does it in the simplest way."""

from datetime import UTC, datetime, timedelta

from schemas.inbound import Order, OrderPaid
from tests.performance import workload
from tests.performance.peers import truth
from tests.performance.peers.kernel import REPEATED, SIZE, TierChange, apply, fold, new_state, totals

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def order(number: int, day: int, amount: int = 1_000) -> OrderPaid:
    """An order of one customer."""
    data = Order(order_id=f"o{number}", amount_minor=amount, currency="CNY", channel="app")
    time = BEGIN + timedelta(days=day)
    return OrderPaid(specversion="1.0", id=f"e{number:09}", source="/orders", subject="c", time=time, data=data)


def test_a_workload_comes_to_what_the_recount_says() -> None:
    activities = list(workload.activities(workload.orders(events=6_000, customers=150, days=800)))
    states, changes = dict[str, bytearray](), list[TierChange]()
    for start in range(0, len(activities), 500):
        fold(states, [each.value for each in activities[start : start + 500]], changes, set())
    found, (spend, applied) = truth.count(activities), totals(states.values())
    assert found.changes > 50
    assert found.orders < len(activities)
    assert found.spend < found.lifetime
    assert found.of_peers == {"customers": len(states), "spend": spend, "applied": applied, "changes": len(changes)}


def test_weeks_that_are_over_are_forgotten_whatever_the_gap() -> None:
    state = new_state(order(1, 0))
    for number, (day, spend) in enumerate([(0, 1_000), (2, 2_000), (52 * 7, 3_000), (53 * 7, 2_000), (2_000, 1_000)], 1):
        apply(state, order(number, day))
        assert totals([state]) == (spend, number)
    assert len(state) == SIZE


def test_an_order_counts_once_and_not_when_it_is_too_old() -> None:
    state = new_state(order(1, 1_000))
    change = apply(state, order(1, 1_000, amount=250_000))
    assert change is not None
    assert (change.from_tier, change.to_tier, change.spend_minor) == ("regular", "silver", 250_000)
    before = bytes(state)
    assert apply(state, order(1, 1_001)) is REPEATED
    assert apply(state, order(2, 1_000 - 53 * 7)) is REPEATED
    assert bytes(state) == before
    assert apply(state, order(3, 1_000 - 52 * 7)) is None


def test_what_is_no_order_of_the_contract_changes_nothing() -> None:
    states, changed = dict[str, bytearray](), set[str]()
    fold(states, [b"{", b'{"type":"order.paid.v1"}'], [], changed)
    assert not states
    assert not changed
