"""Schedules: faults and their times as lines that read like sentences; a seed makes them exact.

at 5 s: SIGKILL customers 1
at 5-9 s: SIGTERM intake 1                            a moment between the two
from 4 s, 20 times every 2-3 s: SIGKILL any           any worker; `customers any`: any of this role
"""

import random
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_LINE = re.compile(
    r"(?:at (?P<at>[\d.-]+) s|from (?P<start>[\d.-]+) s, (?P<times>\d+) times every (?P<every>[\d.-]+) s): (?P<action>\S.*)"
)


class Step(NamedTuple):
    """An action at an exact moment, in seconds from the begin."""

    second: float
    action: str

    def __str__(self) -> str:
        return f"at {self.second:.1f} s: {self.action}"


def expand(text: str, seed: int, workers: Mapping[str, int]) -> list[Step]:
    """The steps of a schedule, by seconds; `workers`: how many each role has. ValueError for a line that can't be read."""
    chance = random.Random(f"schedule {seed}")
    steps = [step for line in text.strip().splitlines() for step in _steps(line.strip(), chance, workers)]
    return sorted(steps, key=lambda step: step.second)


def _steps(line: str, chance: random.Random, workers: Mapping[str, int]) -> Iterator[Step]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"{line!r}: expected 'at 5 s: ACTION' or 'from 5 s, 3 times every 2-4 s: ACTION'")
    second = _between(match["at"] or match["start"], chance)
    for _ in range(int(match["times"] or 1)):
        yield Step(second, _named(match["action"], chance, workers))
        second += _between(match["every"] or "0", chance)


def _between(text: str, chance: random.Random) -> float:
    low, _, high = text.partition("-")
    return round(chance.uniform(float(low), float(high or low)), 2)


def _named(action: str, chance: random.Random, workers: Mapping[str, int]) -> str:
    """The action with every `any` drawn."""

    def drawn(match: re.Match[str]) -> str:
        role = match[1] or chance.choice(list(workers))
        return f"{role.strip()} {chance.randint(1, workers[role.strip()])}"

    return re.sub(r"((?:intake|customers|read-model) )?\bany\b", drawn, action)
