"""How good probabilities are: AUC (rank), Brier score and log loss (probability)."""

from typing import NamedTuple

import numpy as np

from service.fitting.likelihood import log_loss
from service.fitting.observations import Marks, Numbers, Observations


class Scores(NamedTuple):
    """AUC: higher is better, .5 is chance; Brier and log loss: lower is better, None for a score that is no probability."""

    auc: float
    brier: float | None
    log_loss: float | None


def auc(score: Numbers, none: Marks) -> float:
    """The chance that one without an order has a higher score than one with; ties count half. NaN when all are alike."""
    without = int(none.sum())
    pairs = without * (len(none) - without)
    if not pairs:
        return float("nan")
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    return (float(ranks[none].sum()) - without * (without + 1) / 2) / pairs


def brier(p: Numbers, none: Marks) -> float:
    """Mean square of what the probability was off."""
    return float(np.mean((p - none) ** 2))


def judge(observations: Observations, score: Numbers, *, is_probability: bool = True) -> Scores:
    """Each cut on its own, then the mean over cuts (for the AUC over those at which both happened)."""
    at_cuts = [(score[chosen], observations.none[chosen]) for chosen in _cuts(observations)]
    aucs = [found for found in (auc(p, none) for p, none in at_cuts) if not np.isnan(found)]
    area = float(np.mean(aucs)) if aucs else float("nan")
    if not is_probability:
        return Scores(area, None, None)
    losses = [(brier(p, none), log_loss(p, none)) for p, none in at_cuts]
    return Scores(area, *(float(np.mean(each)) for each in zip(*losses, strict=True)))


def _cuts(observations: Observations) -> list[Marks]:
    return [observations.cut == cut for cut in np.unique(observations.cut)]
