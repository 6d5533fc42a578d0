"""Cuts far enough from both ends, and parts by a hash of the customer."""

import pytest

from service.fitting.observations import TooShort, check_cuts, choose_cuts, folds
from service.fitting.purchase_days import Purchases


def test_cuts_are_spread_from_a_third_of_the_history_to_a_horizon_before_its_end() -> None:
    assert choose_cuts(100, 400, 50) == [200, 230, 260, 290, 320, 350]
    assert choose_cuts(0, 30, 20) == [10]
    assert choose_cuts(0, 30, 18) == [10, 11, 12]


def test_a_history_too_short_is_refused() -> None:
    with pytest.raises(TooShort, match="31 days of orders are too few to see 21 days ahead"):
        choose_cuts(0, 30, 21)
    check_cuts([0, 20], 0, 30, 10)
    with pytest.raises(TooShort, match="not all known: events end 1970-01-31"):
        check_cuts([21], 0, 30, 10)
    with pytest.raises(TooShort, match="no order is known up to the cut 1970-01-01"):
        check_cuts([0], 1, 30, 10)


def test_parts_are_even_and_stay_the_same() -> None:
    customers = [Purchases(f"c-{number}", [0], []) for number in range(1000)]

    parts = folds(customers, 5).tolist()

    assert all(160 < parts.count(part) < 240 for part in range(5))
    assert folds(customers[500:], 5).tolist() == parts[500:]
    assert folds(customers, 5, "other").tolist() != parts
