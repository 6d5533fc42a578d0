"""Observations: what was known of every customer at a cut date, and whether an order came in the days after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from service.domain.calendar import date_of
from service.fitting.purchase_days import Purchases

Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]
MOST_CUTS = 6


class TooShort(ValueError):
    """A history that does not reach far enough on both sides of a cut."""


@dataclass(frozen=True)
class Observations:
    """One row a customer and cut, of those with a purchase up to the cut. Business days, lengths in days.

    `row` and `age` list all purchase days up to the cuts: whose row it is and how long before that row's last purchase.
    """

    customer: NDArray[np.int64]
    """Index in the list of customers."""
    cut: NDArray[np.int64]
    silence: Numbers
    """Days since the last purchase day."""
    tenure: Numbers
    """Days since the first purchase day."""
    none: Marks
    """No purchase day in the days after the cut."""
    row: NDArray[np.int64]
    age: Numbers

    def weight(self, tau_days: float) -> Numbers:
        """n_L of every row: its purchase days, discounted as of the last one."""
        return np.bincount(self.row, np.exp(-self.age / tau_days), minlength=len(self.cut)).astype(np.float64)

    def of(self, chosen: Marks) -> "Observations":
        """The rows that are marked."""
        place, kept = np.cumsum(chosen) - 1, chosen[self.row]
        return Observations(
            self.customer[chosen],
            self.cut[chosen],
            self.silence[chosen],
            self.tenure[chosen],
            self.none[chosen],
            place[self.row[kept]],
            self.age[kept],
        )


def observe(customers: Sequence[Purchases], cuts: Sequence[int], horizon_days: int) -> Observations:
    """All customers who were known at each cut; a purchase on the cut's day is known, the `horizon_days` after it are asked."""
    rows: list[tuple[int, int, int, int, bool]] = []
    purchases: list[tuple[int, int]] = []
    for cut in cuts:
        for index, customer in enumerate(customers):
            known = [day for day in customer.days if day <= cut]
            if not known:
                continue
            none = not any(cut < day <= cut + horizon_days for day in customer.days)
            purchases += [(len(rows), known[-1] - day) for day in known]
            rows.append((index, cut, cut - known[-1], cut - known[0], none))
    customer_, cut_, silence, tenure, none_ = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    row, age = np.array(purchases, dtype=np.int64).reshape(-1, 2).T
    return Observations(customer_, cut_, silence.astype(float), tenure.astype(float), none_.astype(bool), row, age.astype(float))


def choose_cuts(first_day: int, last_day: int, horizon_days: int) -> list[int]:
    """Up to six evenly spaced cuts: the first leaves a third of the history behind it, the last a horizon ahead."""
    earliest, latest = first_day + max(1, (last_day - first_day) // 3), last_day - horizon_days
    if latest < earliest:
        days = last_day - first_day + 1
        raise TooShort(f"{days} days of orders are too few to see {horizon_days} days ahead: take a shorter --horizon")
    return sorted({earliest + (latest - earliest) * number // (MOST_CUTS - 1) for number in range(MOST_CUTS)})


def check_cuts(cuts: Sequence[int], first_day: int, last_day: int, horizon_days: int) -> None:
    """TooShort when a cut has nobody before it or its horizon goes past the last day that is known."""
    for cut in cuts:
        if cut < first_day:
            raise TooShort(f"no order is known up to the cut {date_of(cut)}: the first is of {date_of(first_day)}")
        if cut + horizon_days > last_day:
            raise TooShort(
                f"the {horizon_days} days after the cut {date_of(cut)} are not all known: events end {date_of(last_day)}"
            )


def folds(customers: Sequence[Purchases], count: int, salt: str = "") -> NDArray[np.int64]:
    """A part 0 .. count - 1 for every customer, by a hash of his id: the same for ever."""
    hashed = (blake2b(f"{salt}{each.customer_id}".encode(), digest_size=8).digest() for each in customers)
    return np.array([int.from_bytes(digest, "big") % count for digest in hashed], dtype=np.int64)
