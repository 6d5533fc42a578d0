"""The scores of R's package `rfm`: every one of its 995 customers."""

import csv
import gzip
import json
from datetime import date
from pathlib import Path

from service.replay import Replay

DATA = Path(__file__).parent.parent / "data"
POLICY = """
name = "rfm-package"
version = 1
frame = { time_zone = "UTC", currency = "USD" }

[rfm]                              # quintiles of these customers: the greatest value of each lower bin
window_days = 3650
recency_days = [114, 180, 296, 481]
orders = [3, 4, 5, 7]
spend_minor = [25400, 38100, 50500, 66500]
"""


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a packed CSV file."""
    with gzip.open(DATA / name, "rt") as file:
        return list(csv.DictReader(file))


def event(number: int, row: dict[str, str]) -> bytes:
    """A row of the package's orders as an event."""
    amount = int(row["revenue"]) * 100
    data = {"order_id": str(number), "amount_minor": amount, "currency": "USD", "channel": "web"}
    envelope = {"specversion": "1.0", "id": str(number), "source": "rfm", "type": "order.paid.v1", "subject": row["customer_id"]}
    return json.dumps({**envelope, "time": f"{row['order_date']}T12:00:00Z", "data": data}).encode()


def test_values_and_scores_of_all_customers() -> None:
    replay = Replay(POLICY, date(2006, 12, 31))
    for number, row in enumerate(sorted(rows("rfm-package-orders.csv.gz"), key=lambda row: row["order_date"])):
        assert replay.feed(event(number, row)).rejected is None

    list(replay.finish())
    found = {customer: profile.rfm for customer, profile in replay.profiles()}

    truth = rows("rfm-package-truth.csv.gz")
    assert len(found) == len(truth) == 995
    for row in truth:
        rfm = found[row["customer_id"]]
        assert rfm is not None
        assert (rfm.recency_days, rfm.orders) == (int(row["recency_days"]), int(row["transactions"]))
        assert (rfm.spend_minor, f"{rfm.r}{rfm.f}{rfm.m}") == (int(row["amount"]) * 100, row["R"] + row["F"] + row["M"])


def test_the_printed_scores_are_among_them() -> None:
    printed = {row["customer_id"]: row["published_score"] for row in rows("rfm-package-truth.csv.gz") if row["published_score"]}

    assert len(printed) == 5
    for row in rows("rfm-package-truth.csv.gz"):
        assert printed.get(row["customer_id"], f"{row['R']}{row['F']}{row['M']}.0") == f"{row['R']}{row['F']}{row['M']}.0"
