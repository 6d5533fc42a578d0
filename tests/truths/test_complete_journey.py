"""Complete Journey by replay: every household's published figures at the three cuts, recency too."""

import csv
import gzip
from datetime import date

import pytest

from service.demo.journey import CUTS, DATA, events
from service.replay import Replay

POLICY = """
name = "truth"
version = 1
frame = { time_zone = "America/New_York", currency = "USD" }

[rfm]
window_days = 1000
recency_days = [600, 700, 800, 900]   # never reached: this is about the figures, and no review is due
orders = [10, 25, 50, 90]
spend_minor = [25000, 75000, 150000, 300000]
"""


@pytest.mark.parametrize("cut", CUTS, ids=date.isoformat)
def test_profiles_equal_the_truth(cut: date) -> None:
    with gzip.open(DATA / "complete-journey.truth.csv.gz", "rt") as file:
        truth = {row["customer_id"]: row for row in csv.DictReader(file) if row["cut_local_date"] == cut.isoformat()}
    replay = Replay(POLICY, cut)
    for sent in events():
        assert replay.feed(sent.value).rejected is None

    list(replay.finish())
    found = {customer: profile for customer, profile in replay.profiles() if profile.totals.orders}

    assert found.keys() == truth.keys()
    for customer, row in truth.items():
        totals, rfm = found[customer].totals, found[customer].rfm
        assert rfm is not None
        assert rfm.recency_days == int(row["recency_days"])
        assert totals.last_order_on == date.fromisoformat(row["last_local_date"])
        expected = (int(row["orders"]), int(row["purchase_days"]), round(float(row["monetary"]) * 100))
        assert (totals.orders, totals.purchase_days, totals.spend_minor) == expected
        assert (rfm.orders, rfm.purchase_days, rfm.spend_minor) == expected
