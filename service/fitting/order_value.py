"""The mean order that expected values lean on, and how heavily, by the method of moments (Buehlmann and Straub's credibility).

With x_ij the j-th of n_i orders of customer i, N orders and I customers in all:

    within  = sum (x_ij - mean_i)^2 / (N - I)
    between = (sum n_i (mean_i - mean)^2 - (I - 1) within) / (N - sum n_i^2 / N)
    weight  = within / between, and the mean is that of the customers' means, each weighed n_i / (n_i + weight)

so that (spend + mean * weight) / (orders + weight) is the best linear guess of a customer's mean order.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from service.fitting.purchase_days import Purchases

LEAST_WEIGHT, MOST_WEIGHT = 0.1, 1000.0


class OrderValue(NamedTuple):
    """`mean_order_minor` and `weight` of a policy."""

    mean_order_minor: int
    weight: float


def order_value(customers: Sequence[Purchases]) -> OrderValue:
    """From all orders that count; customers who do not differ at all give the heaviest weight."""
    spends = [np.array(customer.spend_minor, dtype=float) for customer in customers]
    counts = np.array([len(each) for each in spends], dtype=float)
    means = np.array([each.mean() for each in spends])
    weight = _weight(spends, counts, means)
    share = counts / (counts + weight)
    return OrderValue(round(float((share * means).sum() / share.sum())), round(weight, 2))


def _weight(spends: list["np.ndarray[tuple[int], np.dtype[np.float64]]"], counts: "np.ndarray", means: "np.ndarray") -> float:
    total, people = float(counts.sum()), len(counts)
    if total <= people or people < 2:
        return MOST_WEIGHT
    within = sum(float(((each - mean) ** 2).sum()) for each, mean in zip(spends, means, strict=True)) / (total - people)
    overall = float((counts * means).sum()) / total
    apart = float((counts * (means - overall) ** 2).sum()) - (people - 1) * within
    between = apart / (total - float((counts**2).sum()) / total)
    return MOST_WEIGHT if between <= 0 else float(np.clip(within / between, LEAST_WEIGHT, MOST_WEIGHT))
