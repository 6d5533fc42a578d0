"""Purchase days by the policy's rules: time zone, full refunds, orders of 0, repeats, conflicts."""

from service.domain.policy import Frame
from service.fitting.purchase_days import History, Purchases
from tests import builders
from tests.builders import order, refund

DAY = 19_723
"""Day 0 of the builders as a business day."""


def read(*events: bytes, frame: Frame | None = None) -> History:
    """The history of some lines."""
    history = History(frame or Frame("UTC", "USD", late_days=1, refund_horizon_days=30, keep_days=31))
    assert list(history.take(events)) == list(range(1, len(events) + 1))
    return history


def test_days_and_spends_of_what_counts_late_or_not() -> None:
    history = read(
        order(90, 500, id="1"),
        order(3, 200, id="2"),
        order(3, 0, id="3", minute=1),
        order(5, 100, id="4"),
        refund(6, 100, id="4r", of="4"),
        refund(4, 50, id="2r", of="2"),
        refund(95, 10, id="none"),
        order(2, 0, id="5", customer="z"),
        builders.interaction(99, "app-open", id="i", customer="z"),
    )

    found = Purchases("c-1", [DAY + 3, DAY + 90], [150, 0, 500])
    assert history.purchases() == [found, Purchases("z", [DAY + 2], [0])]
    assert (history.last_day, history.refused) == (DAY + 99, 0)


def test_orders_of_0_count_only_if_the_policy_says_so() -> None:
    frame = Frame("UTC", "USD", count_zero_orders=False)

    assert read(order(3, 0, id="1"), order(4, 7, id="2"), frame=frame).purchases() == [Purchases("c-1", [DAY + 4], [7])]


def test_a_day_is_one_of_the_time_zone() -> None:
    late_evening = order(0, 100, id="1", minute=13 * 60)

    assert read(late_evening, frame=Frame("America/New_York", "USD")).purchases()[0].days == [DAY]
    assert read(late_evening, frame=Frame("UTC", "USD")).purchases()[0].days == [DAY + 1]


def test_a_repeat_counts_once_and_what_is_refused_is_counted() -> None:
    history = read(
        order(1, 100, id="1"), order(1, 100, id="1"), order(1, 200, id="1"), b"{", order(2, 5, id="2").replace(b"USD", b"EUR")
    )

    assert history.purchases() == [Purchases("c-1", [DAY + 1], [100])]
    assert history.refused == 3
