"""Orders and their refunds: what counts, what it adds, whichever arrives first."""

import pytest

from service.domain.orders import AMOUNT, LINKED, NO_ORDER, NO_REFUND, NOTHING, Orders, Purchase, purchase
from service.domain.remembered import short_id


@pytest.mark.parametrize(
    ("paid", "refunded", "margin", "added"),
    [
        (1000, NO_REFUND, 300, Purchase(1, 1000, 300)),
        (1000, 0, 300, Purchase(1, 1000, 300)),  # a refund of 0 takes nothing
        (1000, 400, 300, Purchase(1, 600, 180)),
        (1000, 999, 300, Purchase(1, 1, 0)),
        (1000, 1000, 300, NOTHING),
        (1000, 1500, 300, NOTHING),  # more than was paid
        (1000, 333, 100, Purchase(1, 667, 66)),  # 66.7
        (1000, 333, -100, Purchase(1, 667, -67)),  # -66.7: towards minus infinity
        (3, 1, -1, Purchase(1, 2, -1)),
        (0, NO_REFUND, 50, Purchase(1, 0, 50)),  # of an order of 0 the margin stays
        (0, 0, 50, NOTHING),  # refunded >= paid
    ],
)
def test_what_an_order_adds(paid: int, refunded: int, margin: int, added: Purchase) -> None:
    assert purchase(paid, refunded, margin, count_zero_orders=True) == added


def test_orders_of_0_count_only_if_the_policy_says_so() -> None:
    assert purchase(0, NO_REFUND, 50, count_zero_orders=False) == NOTHING
    assert purchase(1, NO_REFUND, 50, count_zero_orders=False) == Purchase(1, 1, 50)


def test_the_difference_of_two_purchases() -> None:
    assert Purchase(1, 600, 180).minus(Purchase(1, 1000, 300)) == Purchase(0, -400, -120)


def test_refunds_of_an_order_add_up() -> None:
    orders = Orders()
    index = orders.orders.add(short_id("o"), 1, 10, (1000, 500))

    for name, amount in (("r1", 300), ("r2", 200)):
        orders.link(orders.add_refund(short_id(name), 1, 12, amount, short_id("o")))

    assert orders.purchase_at(index, count_zero_orders=True) == Purchase(1, 500, 250)


def test_a_refund_that_is_not_linked_takes_nothing_off() -> None:
    orders = Orders()
    index = orders.orders.add(short_id("o"), 1, 10, (1000, 500))
    orders.link(orders.add_refund(short_id("r"), 1, 12, 300, short_id("o")))
    orders.add_refund(short_id("s"), 1, 99, 200, short_id("o"))  # beyond the horizon, as the facts know

    assert orders.purchase_at(index, count_zero_orders=True) == Purchase(1, 700, 350)


def test_a_refund_of_0_is_linked_too() -> None:
    orders = Orders()
    index = orders.orders.add(short_id("o"), 1, 10, (0, 0))

    orders.link(orders.add_refund(short_id("r"), 1, 12, 0, short_id("o")))

    assert orders.purchase_at(index, count_zero_orders=True) == NOTHING


def test_refunds_are_found_by_the_order_they_name_and_their_day() -> None:
    orders, named = Orders(), short_id("o")
    for number, (day, order) in enumerate(
        [(9, named), (10, named), (20, named), (21, named), (15, short_id("p")), (15, NO_ORDER)]
    ):
        orders.add_refund(short_id(f"r{number}"), 1, day, 100 + number, order)

    found = orders.refunds_of(named, 10, 20)
    assert [(orders.refunds.days[at], orders.refunds.columns[AMOUNT][at]) for at in found] == [(10, 101), (20, 102)]


def test_an_order_that_no_refund_names_has_none() -> None:
    orders = Orders()
    orders.add_refund(short_id("r"), 1, 10, 100, NO_ORDER)

    assert orders.refunds_of(short_id("o"), 0, 100) == []


def test_an_id_across_two_others_is_not_found() -> None:
    orders, first, second = Orders(), bytes(range(1, 7)), bytes(range(7, 13))
    orders.add_refund(short_id("r"), 1, 10, 100, first)
    orders.add_refund(short_id("s"), 1, 11, 200, second)
    between = (first + second)[3:9]

    assert orders.refunds_of(between, 0, 100) == []
    assert orders.refunds_of(second, 0, 100) == [1]


def test_forgetting_drops_orders_and_refunds_of_earlier_days() -> None:
    orders = Orders()
    for day in (10, 11):
        orders.orders.add(short_id(f"o{day}"), 1, day, (100, 0))
        orders.add_refund(short_id(f"r{day}"), 1, day, day, short_id("named"))

    orders.forget(11)

    assert [orders.orders.find(short_id(f"o{day}")) for day in (10, 11)] == [None, 0]
    assert [orders.refunds.days[at] for at in orders.refunds_of(short_id("named"), 0, 100)] == [11]


def test_a_refund_is_known_with_the_order_that_it_names() -> None:
    orders = Orders()
    orders.add_refund(short_id("r"), 1, 10, 400, short_id("o"))
    orders.add_refund(short_id("s"), 1, 11, 400, NO_ORDER)
    orders.add_refund(short_id("t"), 1, 9, 400, short_id("p"))

    assert [orders.order_of(refund) for refund in range(3)] == [short_id("p"), short_id("o"), NO_ORDER]


def test_a_refund_waits_until_it_is_linked() -> None:
    orders = Orders()
    orders.orders.add(short_id("o"), 1, 10, (1000, 500))
    refund = orders.add_refund(short_id("r"), 1, 10, 400, short_id("o"))
    assert orders.refunds.columns[LINKED][refund] == 0

    orders.link(refund)

    assert orders.refunds.columns[LINKED][refund] == 1


def test_refunds_are_found_one_byte_behind_bytes_that_only_look_like_their_order() -> None:
    orders = Orders()
    orders.add_refund(short_id("r"), 1, 10, 400, bytes([9, 7, 7, 7, 7, 7]))
    orders.add_refund(short_id("s"), 1, 10, 400, bytes([7, 7, 7, 7, 7, 7]))

    assert orders.refunds_of(bytes([7, 7, 7, 7, 7, 7]), 0, 20) == [1]
