"""Partitions in a few words: `orders 0-3, 7; feedback 0`, `partitions 0-3, 7`."""

from collections.abc import Iterable
from itertools import groupby


def ranges(partitions: Iterable[tuple[str, int]]) -> str:
    """Partitions, each a topic and a number, in order; those in a row as from-to."""
    by_topic = [(topic, _rows([number for _, number in each])) for topic, each in groupby(sorted(partitions), lambda tp: tp[0])]
    return "; ".join(f"{topic} {numbers}" for topic, numbers in by_topic) or "no partition"


def numbers(partitions: Iterable[int]) -> str:
    """Numbers as people write them: partition 3; partitions 0-3, 7. There has to be one."""
    several = sorted(partitions)
    return f"partition{'s' if len(several) > 1 else ''} {_rows(several)}"


def _rows(numbers: list[int]) -> str:
    rows: list[list[int]] = []
    for number in numbers:
        if rows and rows[-1][-1] == number - 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    return ", ".join(str(row[0]) if len(row) == 1 else f"{row[0]}-{row[-1]}" for row in rows)
