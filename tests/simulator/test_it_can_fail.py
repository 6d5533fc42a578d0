"""The simulator finds the bugs that it is there for, and tells how."""

import pytest

from tests.compiled.pure import inside_is_changed
from tests.simulator.redis import Store
from tests.simulator.schedule import chosen
from tests.simulator.seeded_bugs import BUGS, put_in
from tests.simulator.shortest import told

pytestmark = inside_is_changed
WITHIN = 2000
"""Schedules: as many as the suite has."""
SEEN_AT = {
    "profiles are written wherever Redis stands": 520,
    "profiles that wait count as published": 375,
    "what happened before an erasure counts after it": 225,
    "rows are read before the fence": 219,
    "an activation forgets the one before": 138,
    "dead letters go out before the rows": 87,
    "who fails goes into quarantine before his reviews": 79,
    "what was read is taken again": 59,
}
"""Seeds that found a rare bug: looked at first, to be quick; when schedules change, all are looked through."""


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_is_found(bug: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(BUGS[bug], monkeypatch)

    assert any(chosen(seed, store).fault for seed in (SEEN_AT.get(bug, 0), *range(WITHIN)))


def test_what_was_found_is_told_as_a_short_story_that_can_be_seen_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put_in(BUGS["announcements go out before the rows"], monkeypatch)
    run = next(run for run in (chosen(seed, store) for seed in range(WITHIN)) if run.fault)

    fault, command, _, *story = told(run).splitlines()

    assert fault.startswith(f"seed {run.seed}: ")
    assert command.startswith(f"to see it again: python -m tests.simulator {run.seed} --steps ")
    assert len(story) < len(run.story)
    assert any("crashes" in line or "fenced" in line for line in story)
