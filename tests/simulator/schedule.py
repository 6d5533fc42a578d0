"""One schedule: which of all possible steps comes next, from one seed; then everything comes to rest and is judged."""

from collections.abc import Mapping
from random import Random

from tests.simulator.clock import simulated
from tests.simulator.judge import judge
from tests.simulator.quiet import quieten
from tests.simulator.world import Step, World

SHORTEST, LONGEST = 10, 60
STOPS = (0, 0, 0, 1, 2, 3, 5, 8)
"""Boundaries that a step passes before it stands still."""


class Run:
    """What happened: steps by their numbers, everything in words, and the first thing that is wrong at the end."""

    def __init__(self, seed: int) -> None:
        self.seed, self.world = seed, World(seed)
        self.steps: dict[int, Step] = {}
        self.story: list[str] = []
        self.fault: str | None = None

    def do(self, number: int, step: Step) -> None:
        """One step."""
        self.steps[number] = step
        self.story.append(f"{number:02} {step.kind}")  # should it fail
        self.story[-1] = f"{number:02} {self.world.do(step)}"


def chosen(seed: int) -> Run:
    """The schedule of a seed."""
    return _finished(Run(seed), None)


def again(seed: int, steps: Mapping[int, Step]) -> Run:
    """Given steps in the world of a seed, but those that are not possible there."""
    return _finished(Run(seed), steps)


def _finished(run: Run, steps: Mapping[int, Step] | None) -> Run:
    with simulated(bite=1 + run.seed % 3):
        try:
            _choose(run) if steps is None else _follow(run, steps)
            run.story += quieten(run.world)
            run.fault = judge(run.world)
        except Exception as error:  # noqa: BLE001 - whatever it is, this schedule has found it
            run.fault = f"{type(error).__name__}: {error}"
        run.world.end()
    return run


def _choose(run: Run) -> None:
    random = Random(f"schedule {run.seed}")
    for number in range(1, random.randint(SHORTEST, LONGEST) + 1):
        weights, steps = zip(*run.world.possible(), strict=True)
        [step] = random.choices(steps, weights)
        run.do(number, step._replace(amount=random.randrange(1000), stop=random.choice(STOPS)))


def _follow(run: Run, steps: Mapping[int, Step]) -> None:
    for number, step in steps.items():
        if any(step[:3] == each[:3] for _, each in run.world.possible()):
            run.do(number, step)
