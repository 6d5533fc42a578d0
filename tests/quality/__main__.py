"""`make quality`: how good the churn probabilities are on customers that were not fitted, on two public purchase histories.

Each customer is judged once a round by parameters that were fitted (by `service.fitting`) on the other four fifths of the
customers. What is compared with is the last row of the table that the model was chosen by. That table was made with another
split of the customers, so a figure may be worse than the row by a tolerance.
"""

import sys
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import numpy as np

from service.demo import journey
from service.domain.calendar import day_number
from service.domain.policy import Frame
from service.fitting.likelihood import p_no_order
from service.fitting.observations import Observations, folds, observe
from service.fitting.purchase_days import History, Purchases
from service.fitting.scores import Scores, judge
from service.fitting.search import fit
from tests.truths import cdnow

FOLDS, ROUNDS = 5, 2
AUC_TOLERANCE, BRIER_TOLERANCE = 0.002, 0.0005
"""Between rounds, that is between splits, AUC moves by about .0005 and Brier by about .0002."""


class Asked(NamedTuple):
    """A horizon in days, and the AUC and Brier score that are to be reached."""

    horizon_days: int
    auc: float
    brier: float


CDNOW = (Asked(30, 0.7820, 0.0618), Asked(91, 0.7724, 0.1173), Asked(273, 0.7682, 0.1591))
JOURNEY = (Asked(14, 0.8499, 0.1410), Asked(30, 0.8757, 0.0977), Asked(60, 0.8874, 0.0639))


def out_of_fold(customers: list[Purchases], observations: Observations, horizon_days: int, salt: str) -> Scores:
    """Every customer judged by parameters that were fitted without him."""
    fold = folds(customers, FOLDS, salt)[observations.customer]
    p = np.zeros(len(fold))
    for number in range(FOLDS):
        out = fold == number
        parameters = fit(observations.of(~out), horizon_days).parameters
        p[out] = p_no_order(parameters, observations.of(out), horizon_days)
    return judge(observations, p)


def reached(name: str, values: Iterable[bytes], frame: Frame, cuts: tuple[date, ...], asked: tuple[Asked, ...]) -> bool:
    """Print a line for each horizon; whether all are good enough."""
    history = History(frame)
    for _ in history.take(values):
        pass
    customers, good = history.purchases(), True
    for horizon, auc, brier in asked:
        observations = observe(customers, [day_number(cut) for cut in cuts], horizon)
        rounds = [out_of_fold(customers, observations, horizon, f"{number}:") for number in range(ROUNDS)]
        found = np.mean(np.array(rounds, dtype=float), axis=0)
        spread = np.ptp(np.array(rounds, dtype=float), axis=0)
        fine = found[0] >= auc - AUC_TOLERANCE and found[1] <= brier + BRIER_TOLERANCE
        good &= bool(fine)
        figures = f"AUC {found[0]:.4f} ({auc:.4f})  Brier {found[1]:.4f} ({brier:.4f})  log loss {found[2]:.4f}"
        print(  # noqa: T201
            f"{name:17} H {horizon:3}  {figures}  rounds differ by {spread[0]:.4f}, {spread[1]:.4f}  {'ok' if fine else 'WORSE'}",
            flush=True,
        )
    return good


def main() -> int:
    """0 when every figure is at least the row within tolerance, else 1."""
    print("on customers that were not fitted; in brackets what is to be reached")  # noqa: T201
    bought = reached("CDNOW", cdnow.events(), Frame("UTC", "USD"), (cdnow.CUT,), CDNOW)
    events = (sent.value for sent in journey.events())
    shopped = reached("Complete Journey", events, Frame("America/New_York", "USD"), journey.CUTS, JOURNEY)
    return 0 if bought and shopped else 1


if __name__ == "__main__":
    sys.exit(main())
