"""CDNOW: profiles against an independent count, and against what is published of it."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

import pytest

from schemas.profile import Profile
from service.replay import Replay
from tests.truths import cdnow

POLICY = """
name = "cdnow"
version = 1
frame = { time_zone = "UTC", currency = "USD" }

[rfm]
window_days = 1000
recency_days = [600, 700, 800, 900]   # never reached: this is about the figures, and no review is due
orders = [1, 2, 4, 8]
spend_minor = [2000, 5000, 10000, 20000]
"""
END = date(1998, 6, 30)


class Published(NamedTuple):
    """What is printed of a customer: repeat purchase days x, t_x and T in weeks, x in the 39 weeks after."""

    customer_id: str
    x: int
    t_x: float
    age: float
    later: int


# Fader and Hardie's summary of the sample, in the packages `lifetimes` and BTYD; 1516 is the customer of BTYD's walkthrough.
PUBLISHED = [
    Published("cd-0001", 2, 30.43, 38.86, 1),
    Published("cd-0002", 1, 1.71, 38.86, 0),
    Published("cd-0003", 0, 0.00, 38.86, 0),
    Published("cd-0006", 7, 29.43, 38.86, 8),
    Published("cd-0007", 1, 5.00, 38.86, 0),
    Published("cd-0009", 2, 35.71, 38.86, 2),
    Published("cd-0011", 5, 24.43, 38.86, 1),
    Published("cd-0017", 10, 34.14, 38.86, 2),
    Published("cd-1516", 26, 30.86, 31.00, 15),
    Published("cd-0157", 29, 37.71, 38.00, 14),
    Published("cd-1901", 21, 4.71, 29.29, 0),
    Published("cd-0814", 7, 5.57, 34.29, 0),
    Published("cd-0059", 1, 38.43, 38.43, 2),
    Published("cd-2295", 0, 0.00, 27.14, 2),
]


def profiles(until: date) -> dict[str, Profile]:
    """All profiles as of a day."""
    replay = Replay(POLICY, until)
    for value in cdnow.events():
        assert replay.feed(value).rejected is None
    list(replay.finish())
    return dict(replay.profiles())


@pytest.fixture(scope="module")
def at_the_cut() -> dict[str, Profile]:
    """All profiles as of 1997-09-30."""
    return profiles(cdnow.CUT)


def test_the_file_is_the_published_one(at_the_cut: dict[str, Profile]) -> None:
    assert len(cdnow.lines()) == 6919
    assert len(at_the_cut) == 2357
    assert sum(profile.totals.purchase_days > 1 for profile in at_the_cut.values()) == 946  # repeat buyers of the papers


def test_profiles_equal_an_independent_count(at_the_cut: dict[str, Profile]) -> None:
    bought: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for line in cdnow.lines():
        if line.day <= cdnow.CUT:
            bought[line.customer_id].append((line.day, line.cents))

    assert at_the_cut.keys() == bought.keys()
    for customer, orders in bought.items():
        totals, rfm = at_the_cut[customer].totals, at_the_cut[customer].rfm
        assert rfm is not None
        days = {day for day, _ in orders}
        expected = (len(orders), len(days), sum(cents for _, cents in orders))
        assert (totals.orders, totals.purchase_days, totals.spend_minor) == expected
        assert (rfm.orders, rfm.purchase_days, rfm.spend_minor) == expected
        assert (totals.first_order_on, totals.last_order_on) == (min(days), max(days))
        assert rfm.recency_days == (cdnow.CUT - max(days)).days


def test_profiles_equal_what_is_published(at_the_cut: dict[str, Profile]) -> None:
    at_the_end = profiles(END)
    for customer, x, t_x, age, later in PUBLISHED:
        totals = at_the_cut[customer].totals
        assert totals.first_order_on is not None
        assert totals.last_order_on is not None
        assert totals.purchase_days == x + 1
        assert round((totals.last_order_on - totals.first_order_on).days / 7, 2) == t_x
        assert round((cdnow.CUT - totals.first_order_on).days / 7, 2) == age
        assert at_the_end[customer].totals.purchase_days - totals.purchase_days == later
