"""A failing schedule made short: the shortest beginning that still fails, then without every step that it can do without."""

from tests.simulator.schedule import Run, again


def shortened(run: Run) -> Run:
    """A run of fewer steps that fails too."""
    steps = list(run.steps.items())
    beginnings = (again(run, dict(steps[:length])) for length in range(len(steps)))
    run = next((shorter for shorter in beginnings if shorter.fault), run)
    for number in reversed(list(run.steps)):
        shorter = again(run, {place: step for place, step in run.steps.items() if place != number})
        run = shorter if shorter.fault else run
    return run


def told(run: Run) -> str:
    """A failing run for people: what is wrong, how to see it again, and its shortest story."""
    short = shortened(run)
    steps = ",".join(map(str, short.steps))
    return "\n".join(
        [
            f"seed {run.seed}: {short.fault}",
            f"to see it again: python -m tests.simulator {run.seed}" + (f" --steps {steps}" if steps else " --steps none"),
            f"the story ({run.world.mode} time, {len(run.world.log)} partitions; -- is the quiet end):",
            *short.story,
        ]
    )
