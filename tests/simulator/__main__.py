"""`python -m tests.simulator SEED` tells the story of a schedule."""

import argparse
import sys
import time

from tests.simulator.redis import Store, running_store
from tests.simulator.schedule import again, chosen
from tests.simulator.shortest import told


def _story(store: Store, seed: int, only: str | None) -> int:
    run = chosen(seed, store)
    if only is not None:
        numbers = set() if only == "none" else set(map(int, only.split(",")))
        run = again(run, {number: step for number, step in run.steps.items() if number in numbers})
    print(*run.story, sep="\n")  # noqa: T201
    print(f"seed {seed}: {run.fault or 'all is right'}", file=sys.stderr)  # noqa: T201
    return int(run.fault is not None)


def _many(store: Store, first: int, count: int) -> int:
    began, bad = time.monotonic(), 0
    for seed in range(first, first + count):
        run = chosen(seed, store)
        if run.fault:
            bad += 1
            print(told(run), end="\n\n", flush=True)  # noqa: T201
    print(f"{count} schedules in {time.monotonic() - began:.1f} s, {bad} wrong", file=sys.stderr)  # noqa: T201
    return int(bad > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--steps", help="the numbers of the steps to do, or none")
    parser.add_argument("--seeds", type=int, help="run so many schedules from SEED on; only those that fail are told")
    asked = parser.parse_args()
    with running_store() as store:
        code = _many(store, asked.seed, asked.seeds) if asked.seeds else _story(store, asked.seed, asked.steps)
    sys.exit(code)
