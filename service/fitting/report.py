"""The table of a fit: the model and two baselines, on the customers it was fitted on and on customers that it never saw."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from service.domain.policy import ChurnRules
from service.fitting.likelihood import Parameters, p_no_order
from service.fitting.observations import Marks, Observations, folds, observe
from service.fitting.order_value import order_value
from service.fitting.purchase_days import Purchases
from service.fitting.scores import Scores, judge
from service.fitting.search import Fitted, fit
from service.fitting.snippet import proposed

HELD_OUT = 5
"""One customer in so many is not fitted but judged."""


class Line(NamedTuple):
    """A score, whose customers it was judged on, and how good it was."""

    score: str
    customers: str
    scores: Scores


class Report(NamedTuple):
    """The rules that are proposed, fitted on everyone, and the table, of a fit without the held-out customers."""

    rules: ChurnRules
    lines: list[Line]
    fitted: Fitted


def report(
    customers: Sequence[Purchases], cuts: Sequence[int], horizon_days: int, before: ChurnRules, step: Callable[[str], None]
) -> Report:
    """Fit without the held-out customers and judge, then fit on everyone."""
    observations = observe(customers, cuts, horizon_days)
    held_out = folds(customers, HELD_OUT)[observations.customer] == 0
    tried = fit(observations.of(~held_out), horizon_days, step=lambda found: step(f"without the held out, {_words(found)}"))
    lines = list(_lines(observations, held_out, tried.parameters, horizon_days))
    fitted = fit(observations, horizon_days, step=lambda found: step(f"all customers, {_words(found)}"))
    p = p_no_order(fitted.parameters, observations, horizon_days)
    return Report(proposed(before, horizon_days, fitted.parameters, order_value(customers), p), lines, fitted)


def table(lines: Iterable[Line]) -> str:
    """The table for people."""
    shown = [f"{'':24}{'customers':14}{'AUC':>7}{'Brier':>9}{'log loss':>10}"]
    for score, customers, (auc, brier, log_loss) in lines:
        shown.append(f"{score:24}{customers:14}{auc:7.4f}{_number(brier):>9}{_number(log_loss):>10}")
    return "\n".join(shown)


def _lines(observations: Observations, held_out: Marks, parameters: Parameters, horizon_days: int) -> Iterator[Line]:
    base = float(observations.none[~held_out].mean())
    for customers, chosen in (("fitted", ~held_out), ("held out", held_out)):
        seen = observations.of(chosen)
        if len(seen.cut):
            yield Line("the model", customers, judge(seen, p_no_order(parameters, seen, horizon_days)))
            yield Line("days since last order", customers, judge(seen, seen.silence, is_probability=False))
            yield Line("base rate", customers, judge(seen, np.full(len(seen.cut), base)))


def _words(found: Fitted) -> str:
    return f"tau {found.parameters.tau_days:g} days: log loss {found.log_loss:.5f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
