"""Headroom: how much may be gained before a name can change, and who has none."""

import pytest

from schemas.inbound import AppInteraction, Event, OrderPaid
from service.domain import headroom as headrooms
from service.domain.headroom import PLENTY, Headroom
from tests.domain.histories import History, interaction_event, order_event, refund_event
from tests.domain.lives import POLICY, Life

SOME = Headroom(orders=2, purchase_days=3, spend_minor=100, engagement=5, until=40)


def test_an_order_takes_from_it() -> None:
    assert SOME.after(1, 99, 0) == Headroom(orders=1, purchase_days=2, spend_minor=1, engagement=5, until=40)


def test_an_interaction_takes_from_it() -> None:
    assert SOME.after(0, 0, 4) == Headroom(orders=2, purchase_days=3, spend_minor=100, engagement=1, until=40)


@pytest.mark.parametrize("room", [SOME._replace(orders=1), SOME._replace(purchase_days=1), SOME._replace(spend_minor=10)])
def test_nothing_is_left_after_an_order_that_may_change_a_name(room: Headroom) -> None:
    assert room.after(1, 10, 0) is None


def test_nothing_is_left_after_an_interaction_that_may_change_a_name() -> None:
    assert SOME.after(0, 0, 5) is None


def of(life: Life) -> Headroom | None:
    assert life.customer is not None
    return life.customer.headroom


def test_it_is_what_the_nearest_threshold_of_each_measure_leaves() -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)

    found = of(life)

    assert found is not None
    # Orders: F is 1 up to one order. Spend: M is 1 up to 100; silver needs 500, member 800.
    assert (found.orders, found.spend_minor, found.purchase_days, found.engagement) == (1, 91, PLENTY, PLENTY)


@pytest.mark.parametrize(
    "event",
    [refund_event(5, "r"), refund_event(10, "r", of="o")],
)
def test_refunds_leave_none(event: Event) -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    life.meets(event, 5)

    assert of(life) is None


def test_somebody_without_an_order_has_none() -> None:
    life = Life()
    life.meets(interaction_event("app-open", "i"), 5)

    assert of(life) is None


def test_recency_that_is_not_the_best_leaves_none() -> None:
    life = Life()
    life.meets(order_event(10, "o"), 5)
    life.meets(interaction_event("app-open", "i"), 8)

    assert of(life) is None


def test_a_notice_that_is_out_leaves_none() -> None:
    life = Life()
    life.meets(order_event(1000, "o"), 5)
    life.meets(order_event(1, "p"), 28)
    assert life.customer is not None
    life.waits(33)

    life.meets(order_event(1, "q"), 33)

    assert life.customer.announced is not None
    assert any(life.customer.announced.expiring) == (of(life) is None)


def test_a_rule_that_asks_for_the_margin_leaves_none() -> None:
    spend = 'measure = "spend_minor", window = "rolling 10"'
    life = Life(POLICY.replace(spend, spend.replace("spend", "margin")))
    life.meets(order_event(10, "o"), 5)

    assert of(life) is None


def test_measures_that_hold_already_need_no_room() -> None:
    view = History().order(5, 900).view(5)
    policy = Life().policy

    assert list(headrooms._short(policy.schemes[0].tiers[1].entry, view)) == []  # type: ignore[arg-type]


def test_with_and_without_it_the_same_is_said() -> None:
    calm, full = Life(), Life()
    events: list[tuple[int, OrderPaid | AppInteraction]] = [
        (day, order_event(40 + 7 * (day % 5), f"o-{day}") if day % 3 else interaction_event("app-open", f"i-{day}"))
        for day in range(5, 120)
        if day % 7 < 4
    ]
    said_calm, said_full = [], []
    for day, event in events:
        said_calm += [(each.time, each.data) for each in calm.meets(event, day)]
        if full.customer is not None:
            full.customer.headroom = None
        said_full += [(each.time, each.data) for each in full.meets(event, day)]
    said_calm += [(each.time, each.data) for each in calm.waits(400)]
    said_full += [(each.time, each.data) for each in full.waits(400)]

    assert said_calm == said_full


def test_a_measure_that_just_holds_needs_no_room() -> None:
    view = History().order(5, 500).view(5)
    entry = Life().policy.schemes[0].tiers[1].entry  # spend of 500
    assert entry is not None

    assert list(headrooms._short(entry, view)) == []
    assert list(headrooms._short(entry, History().order(5, 499).view(5))) == [("spend_minor", 1)]


def test_what_is_short_is_short_in_the_window() -> None:
    entry = Life().policy.schemes[0].tiers[1].entry
    assert entry is not None

    assert list(headrooms._short(entry, History().order(5, 499).view(35))) == [("spend_minor", 500)]
