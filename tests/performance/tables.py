"""Figures of several rounds, as tables for people and for README.md."""

from collections.abc import Callable, Sequence
from statistics import median

from rich.table import Table


def spread(values: Sequence[float], form: Callable[[float], str]) -> str:
    """The median with the least and the most: `12.3 (11.0-14.2)`; of a single value only that, of none a dash."""
    if not values:
        return "-"
    if len(values) == 1:
        return form(values[0])
    return f"{form(median(values))} ({form(min(values))}-{form(max(values))})"


def thousands(value: float) -> str:
    """`73.1k`."""
    return f"{value / 1000:.1f}k"


def tenths(value: float) -> str:
    """`12.3`."""
    return f"{value:,.1f}"


def hundredths(value: float) -> str:
    """`0.98`."""
    return f"{value:.2f}"


def whole(value: float) -> str:
    """`1,107`."""
    return f"{value:,.0f}"


def counted(number: int) -> str:
    """`10k`, `3M`: a round number as it is spoken."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number and number % size == 0:
            return f"{number // size}{letter}"
    return f"{number:,}"


def table(title: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    """For the terminal."""
    shown = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        shown.add_column(head, justify="right" if place else "left")
    for line in lines:
        shown.add_row(*line)
    return shown


def markdown(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """For a README.md."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
