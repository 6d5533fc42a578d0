"""CDNOW: 6,919 orders of 2,357 customers, read from the pinned package `lifetimes` (the data's own licence is not settled).

Only its data file is read: the package itself, and pandas, are never imported. `lifetimes` is MIT; the sample is that of
Fader and Hardie, http://brucehardie.com/datasets/
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from importlib.metadata import files
from pathlib import Path
from typing import NamedTuple

CUT = date(1997, 9, 30)


class Bought(NamedTuple):
    """A line of the file."""

    customer_id: str
    day: date
    cents: int


def lines() -> list[Bought]:
    """The file: master id, sample id, date, number of CDs, dollars."""
    found = [file for file in files("lifetimes") or [] if file.name == "CDNOW_sample.txt"]
    rows = (line.split() for line in Path(str(found[0].locate())).read_text().splitlines() if line.strip())
    return [
        Bought(f"cd-{sample}", datetime.strptime(day, "%Y%m%d").date(), round(float(dollars) * 100))  # noqa: DTZ007 - a date
        for _, sample, day, _, dollars in rows
    ]


def events() -> Iterator[bytes]:
    """Every line as an order at noon (UTC), in the order of their days."""
    for number, bought in sorted(enumerate(lines()), key=lambda each: each[1].day):
        id_ = f"cd{number:06}"
        data = {"order_id": id_, "amount_minor": bought.cents, "currency": "USD", "channel": "online"}
        envelope = {"specversion": "1.0", "id": id_, "source": "cdnow", "type": "order.paid.v1", "subject": bought.customer_id}
        yield json.dumps({**envelope, "time": f"{bought.day}T12:00:00Z", "data": data}, separators=(",", ":")).encode()
