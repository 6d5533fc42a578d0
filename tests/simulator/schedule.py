"""One schedule: which of all possible steps comes next, from one seed; then everything comes to rest and is judged."""

from collections.abc import Mapping
from random import Random

from tests.simulator.clock import simulated
from tests.simulator.judge import judge
from tests.simulator.quiet import quieten
from tests.simulator.rebuilt import rebuilt
from tests.simulator.redis import Store
from tests.simulator.step import Step
from tests.simulator.world import World

SHORTEST, LONGEST = 20, 70
STOPS = (0, 0, 0, 1, 2, 2, 3, 3, 4, 6, 9)
"""Boundaries that a step passes before it stands still."""
REBUILT_EVERY = 5
"""At the end of one of so many schedules all rows are made anew."""
TASTES = (0.2, 1, 4)
DISTURBANCES = (
    "crash",
    "lose the session",
    "take partitions",
    "tick",
    "activate",
    "spare",
    "empty Redis",
    "compact",
    "lose offsets",
)
"""Each schedule likes some of these more than others: a little of everything meets less."""


class Run:
    """What happened: steps by their numbers, everything in words, and the first thing that is wrong at the end."""

    def __init__(self, seed: int, store: Store) -> None:
        self.seed, self.store, self.world = seed, store, World(seed, store)
        self.steps: dict[int, Step] = {}
        self.story: list[str] = []
        self.fault: str | None = None

    def do(self, number: int, step: Step) -> None:
        """One step."""
        self.steps[number] = step
        self.story.append(f"{number:02} {step.kind} {step.who}")  # should it fail
        self.story[-1] = f"{number:02} {self.world.do(step)}"


def chosen(seed: int, store: Store) -> Run:
    """The schedule of a seed."""
    return _finished(Run(seed, store), None)


def again(run: Run, steps: Mapping[int, Step]) -> Run:
    """Given steps in the world of another run, but those that are not possible there."""
    return _finished(Run(run.seed, run.store), steps)


def _finished(run: Run, steps: Mapping[int, Step] | None) -> Run:
    with simulated(run.store.client, bite=1 + run.seed % 3):
        try:
            run.story += (f"-- {told}" for told in run.world.begin())
            _choose(run) if steps is None else _follow(run, steps)
            run.story += (f"-- {told}" for told in quieten(run.world))
            run.fault = judge(run.world)
            if run.seed % REBUILT_EVERY == 1 and not run.fault:
                run.story += (f"-- {told}" for told in rebuilt(run.world, run.seed))
                run.fault = judge(run.world)
        except Exception as error:  # noqa: BLE001 - whatever it is, this schedule has found it
            run.fault = f"{type(error).__name__}: {error}"
        run.world.end()
    return run


def _choose(run: Run) -> None:
    random = Random(f"schedule {run.seed}")
    taste = {kind: random.choice(TASTES) for kind in DISTURBANCES}
    for number in range(1, random.randint(SHORTEST, LONGEST) + 1):
        possible = list(run.world.possible())
        [(_, step)] = random.choices(possible, [weight * taste.get(step.kind, 1) for weight, step in possible])
        run.do(number, step._replace(amount=random.randrange(1000), stop=random.choice(STOPS)))


def _follow(run: Run, steps: Mapping[int, Step]) -> None:
    for number, step in steps.items():
        if any(step[:3] == each[:3] for _, each in run.world.possible()):
            run.do(number, step)
