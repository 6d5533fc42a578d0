"""The quality check can fail, and judges nobody by parameters that were fitted on him."""

import numpy as np
import pytest

from service.fitting.observations import Observations, observe
from service.fitting.purchase_days import Purchases
from service.fitting.search import Fitted, fit
from tests.quality import churn
from tests.quality.churn import Asked, Figures, is_fine

ASKED = Asked(30, row=Figures(0.80, 0.10), gave=Figures(0.79, 0.09))


@pytest.mark.parametrize(
    ("auc", "brier", "fine"),
    [(0.80, 0.09, True), (0.7971, 0.0909, True), (0.7969, 0.09, False), (0.90, 0.0911, False), (float("nan"), 0.05, False)],
)
def test_worse_than_the_better_of_row_and_given_by_more_than_the_tolerance_fails(auc: float, brier: float, fine: bool) -> None:
    assert is_fine(ASKED, auc, brier) is fine


def test_nobody_is_judged_by_parameters_that_were_fitted_on_him(monkeypatch: pytest.MonkeyPatch) -> None:
    customers = [Purchases(f"c-{number}", list(range(0, 200, 2 + number)), []) for number in range(60)]
    seen = observe(customers, [90, 120], 10)
    fitted_on: list[set[int]] = []

    def noted(rows: Observations, horizon: int) -> Fitted:
        fitted_on.append(set(rows.customer.tolist()))
        return fit(rows, horizon, taus=(30.0,))

    monkeypatch.setattr(churn, "fit", noted)
    scores = churn.out_of_fold(customers, seen, 10, "")

    everyone = set(range(60))
    left_out = [everyone - each for each in fitted_on]
    assert len(left_out) == churn.FOLDS
    assert sorted(number for each in left_out for number in each) == sorted(everyone)
    assert scores.log_loss is not None
    assert np.isfinite(scores.log_loss)
