"""Uniting two customers' facts, case by case: what each has forgotten, and refunds of orders that nobody remembers."""

from service.domain.facts import Facts
from service.domain.orders import AMOUNT, LINKED
from service.domain.remembered import short_id
from service.domain.uniting import united
from tests.domain.histories import FRAME, History


def test_totals_that_both_have_forgotten_add_up() -> None:
    one, other = History().order(3, 100).order(40, 200), History().order(5, 1000).order(7, 500).order(50, 400)
    for each, before in ((one, 20), (other, 6)):
        each.facts.purchases.forget(before)
        each.facts.orders.orders.forget(45)

    purchases = united(one.facts, other.facts, 60, FRAME).purchases

    assert (purchases.up_to(1, 99), purchases.days_up_to(99)) == (2200, 5)
    assert (purchases.first_day(99), purchases.first_day(2)) == (3, None)
    assert (list(purchases.days), list(purchases.recent)) == ([7, 40, 50], [3, 5])


def test_days_up_to_the_newest_that_one_has_forgotten_are_forgotten() -> None:
    one, other = History().order(10, 100), History().order(9, 1).order(10, 10).order(11, 1000)
    one.facts.purchases.forget(20)
    for each in (one, other):
        each.facts.orders.orders.forget(99)

    purchases = united(one.facts, other.facts, 60, FRAME).purchases

    assert list(purchases.days) == [11]
    assert (purchases.up_to(1, 99), purchases.between(1, 11, 11)) == (1111, 1000)


def test_a_purchase_day_that_both_have_forgotten_counts_once() -> None:
    one, other = History().order(3, 100).order(5, 100).order(40, 200), History().order(5, 1000).order(40, 400)
    for each in (one, other):
        each.facts.purchases.forget(20)
        each.facts.orders.orders.forget(45)

    purchases = united(one.facts, other.facts, 60, FRAME).purchases

    assert (purchases.days_up_to(99), purchases.up_to(0, 99), purchases.last_days(9, 99)) == (3, 5, [3, 5, 40])


def test_nothing_forgotten_has_no_first_forgotten_day() -> None:
    found = united(History().order(10).facts, History().order(11).facts, 60, FRAME)

    assert (found.purchases.forgotten, found.purchases.first_forgotten, found.purchases.first_day(99)) == (0, 0, 10)


def test_an_order_whose_id_is_used_again_after_its_bounds_is_another_order() -> None:
    """As of day 95 day 5 is the first that is remembered; what was bought before stays in the totals."""
    facts = History().order(3, 100, "o").refund(20, 30, of="o").order(95, 250, "o").facts
    nobody = Facts(3)

    for found in (united(facts, nobody, 95, FRAME), united(nobody, facts, 95, FRAME)):
        assert (found.purchases.up_to(0, 99), found.purchases.up_to(1, 99)) == (2, 320)
        assert list(found.orders.orders.days) == [95]
        assert found.debits.up_to(0, 99) == 0


def test_the_later_bound_of_lateness_holds_for_both() -> None:
    one, other = Facts(5), Facts(6)
    one.not_before, other.not_before = 30, 20

    assert united(one, other, 60, FRAME).not_before == united(other, one, 60, FRAME).not_before == 30


def refunded() -> History:
    """A refund of an order that is not remembered any more; it was taken off it."""
    history = History().order(10, 1000, "o").refund(12, 300, "o", "r")
    history.facts.orders.orders.forget(11)
    return history


def test_what_was_taken_off_a_forgotten_order_stays_taken_off() -> None:
    found = united(refunded().facts, History().order(12, 50).facts, 60, FRAME)

    assert found.purchases.up_to(1, 99) == 750
    assert list(found.debits.days) == []
    refunds = found.orders.refunds
    assert (refunds.find(short_id("r")), list(refunds.days)) == (0, [12])
    assert (refunds.columns[AMOUNT][0], refunds.columns[LINKED][0]) == (300, 1)
    assert found.orders.order_of(0) == short_id("o")
    assert refunds.is_same(0, 1)


def test_a_refund_that_both_remember_counts_once_and_the_others_too() -> None:
    one = History().refund(12, 300, id="r")
    other = History().refund(12, 300, id="r").refund(13, 40, id="s").refund(14, 5, id="t")

    found = united(one.facts, other.facts, 60, FRAME)

    assert {day: found.debits.between(0, day, day) for day in found.debits.days} == {12: 300, 13: 40, 14: 5}
