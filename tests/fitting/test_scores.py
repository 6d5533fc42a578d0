"""AUC by its definition, Brier, and the mean over cuts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fitting.observations import observe
from service.fitting.purchase_days import Purchases
from service.fitting.scores import Scores, auc, brier, judge


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, bool]]) -> None:
    score, none = np.array([row[0] for row in rows], dtype=float), np.array([row[1] for row in rows])
    pairs = [(a > b) + (a == b) / 2 for a, is_none in rows if is_none for b, other in rows if not other]

    assert auc(score, none) == pytest.approx(np.mean(pairs) if pairs else np.nan, nan_ok=True)


def test_brier() -> None:
    assert brier(np.array([0.5, 0.9]), np.array([True, False])) == pytest.approx((0.25 + 0.81) / 2)


def test_each_cut_is_judged_on_its_own() -> None:
    customers = [Purchases("a", [0, 12], []), Purchases("b", [0], [])]
    seen = observe(customers, [10, 20], 5)

    scores = judge(seen, np.array([0.2, 0.8, 0.9, 0.1]))

    assert scores.auc == 1.0  # at the second cut nobody bought
    assert scores.brier == pytest.approx((0.04 + 0.04 + 0.01 + 0.81) / 4)
    assert judge(seen, seen.silence, is_probability=False) == Scores(0.5, None, None)
