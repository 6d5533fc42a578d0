"""Two thousand schedules of crashes, zombies, repeats, late ticks and new policies: the outcome is that of none of them."""

import os

import pytest

from tests.simulator.redis import Store
from tests.simulator.schedule import chosen
from tests.simulator.shortest import told

SCHEDULES = int(os.environ.get("TIERING_SCHEDULES", "2000"))
BLOCK = 200


@pytest.mark.parametrize("first", range(0, SCHEDULES, BLOCK))
def test_whatever_fails_the_outcome_is_the_same(first: int, store: Store) -> None:
    for seed in range(first, min(first + BLOCK, SCHEDULES)):
        run = chosen(seed, store)
        if run.fault:
            pytest.fail(told(run), pytrace=False)
