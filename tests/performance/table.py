"""A table in Markdown, and what is to be said of the machine that its figures are of."""

import os
import platform
from collections.abc import Iterable, Sequence
from statistics import median


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The table; every row has as many cells as there are heads."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """CPUs, Python, and the load of the last minute: our own processes and whatever else runs."""
    return f"{os.cpu_count()} CPUs, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


def counted(number: int) -> str:
    """10k, 3M: round numbers as they are spoken."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size and number % size == 0:
            return f"{number // size}{letter}"
    return f"{number:,}"


def spread(values: Sequence[float], form: str) -> str:
    """The median, and of more than one value the least and the most."""
    least, most = f"{min(values):{form}}", f"{max(values):{form}}"
    return f"{median(values):{form}}" + (f" ({least} to {most})" if len(values) > 1 else "")
