"""Schedules read like sentences, a seed makes them exact, and every sentence of a cell is understood."""

import pytest

from tests.chaos import faults
from tests.chaos.cells import Cell, cells
from tests.chaos.schedule import Step, expand

WORKERS = {"intake": 1, "customers": 3}


def test_a_line_is_one_step_or_many() -> None:
    steps = expand("at 5 s: SIGKILL all\nfrom 1 s, 2 times every 2 s: network cut", 7, WORKERS)

    assert steps == [Step(1.0, "network cut"), Step(3.0, "network cut"), Step(5.0, "SIGKILL all")]


def test_a_seed_draws_times_and_workers_and_always_the_same() -> None:
    text = "from 5-6 s, 40 times every 1-2 s: SIGKILL any\nat 9 s: SIGTERM customers any"
    steps = expand(text, 1, WORKERS)

    assert steps == expand(text, 1, WORKERS) != expand(text, 2, WORKERS)
    drawn = {step.action for step in steps if "SIGKILL" in step.action}
    assert drawn == {"SIGKILL intake 1", "SIGKILL customers 1", "SIGKILL customers 2", "SIGKILL customers 3"}
    assert 5 <= steps[0].second <= 6


@pytest.mark.parametrize("line", ["SIGKILL all", "at noon: SIGKILL all", "at 5 s:", "from 3 s: SIGKILL all"])
def test_what_is_no_line_of_a_schedule_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        expand(line, 1, WORKERS)


@pytest.mark.parametrize("cell", cells().values(), ids=lambda cell: cell.name)
def test_every_action_of_every_cell_is_understood(cell: Cell) -> None:
    for step in expand(cell.schedule, 1, cell.workers):
        faults.understood(step.action)


def test_what_is_no_action_is_refused() -> None:
    with pytest.raises(ValueError, match="no action"):
        faults.understood("SIGKILL the boss")
