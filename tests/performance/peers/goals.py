"""The goals of the comparison, each judged by ratios within a round."""

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from tests.performance.peers import ours, rows
from tests.performance.peers.run import Run
from tests.performance.tables import hundredths, spread


class Goal(NamedTuple):
    """A row's figure over another row's of the same round, and how much it should be."""

    row: str
    figure: Callable[[Run], float]
    against: str
    limit: float
    at_most: bool
    what: str

    def ratios(self, runs: Sequence[Run]) -> list[float]:
        """One a round in which both rows have figures."""
        mine, others = by_round(runs, self.row, self.figure), by_round(runs, self.against, self.figure)
        return [mine[number] / others[number] for number in mine if number in others]

    def line(self, runs: Sequence[Run]) -> list[str]:
        """What, the goal, what was found, whether it is reached."""
        found = self.ratios(runs)
        wanted = f"{'at most' if self.at_most else 'at least'} {self.limit:g}"
        if not found:
            return [self.what, wanted, "-", "not measured"]
        reached = median(found) <= self.limit if self.at_most else median(found) >= self.limit
        return [self.what, wanted, spread(found, hundredths), "reached" if reached else "not reached"]


def by_round(runs: Sequence[Run], row: str, figure: Callable[[Run], float]) -> dict[int, float]:
    """A row's figure in each round; the mean where it ran more than once in a round."""
    found: dict[int, list[float]] = {}
    for run in runs:
        if run.row == row and not run.error:
            found.setdefault(run.round, []).append(figure(run))
    return {number: sum(values) / len(values) for number, values in found.items()}


def cpu(run: Run) -> float:
    """CPU an event."""
    return run.cpu


def rate(run: Run) -> float:
    """Events a second."""
    return run.rate


def yardsticks(row: str, limit: float, what: str) -> Goal:
    """A goal of CPU an event in yardsticks."""
    return Goal(row, cpu, rows.YARDSTICK, limit, True, f"{what}, CPU an event, in yardsticks")


def warm_rate(run: Run) -> float:
    """Events a second of the last two thirds."""
    return run.warm_rate


def times(limit: float, against: str, *, row: str = ours.CUSTOMERS, stretch: str = "") -> Goal:
    """A goal of a rate."""
    return Goal(row, rate, against, limit, False, f"{row.removeprefix('ours: ')}, rate over that of {against}{stretch}")


def times_warm(limit: float, against: str) -> Goal:
    """The same when Java has had a third of the events to warm up: harder, and said beside it."""
    return Goal(ours.CUSTOMERS, warm_rate, against, limit, False, f"customers, rate over that of {against}, both warm")


GOALS = (
    yardsticks(ours.CUSTOMERS, 2.5, "customers"),
    yardsticks(ours.CUSTOMERS, 1.5, "customers (stretch)"),
    yardsticks(ours.INTAKE, 1.0, "intake"),
    yardsticks(ours.READ_MODEL, 1.5, "read model (an event is a profile)"),
    yardsticks(ours.WHOLE, 5.0, "the whole service"),
    times(1.2, rows.QUIX),
    times(1.0, rows.BYTEWAX),
    times(3.0, rows.STREAMS),
    times_warm(3.0, rows.STREAMS),
    times(0.5, rows.STREAMS_EXACTLY),
    times_warm(0.5, rows.STREAMS_EXACTLY),
    times(0.8, rows.STREAMS_EXACTLY, stretch=" (stretch)"),
    times(1.4, ours.CUSTOMERS, row=ours.TWO),
)
