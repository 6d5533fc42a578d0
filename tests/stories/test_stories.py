"""Every story is told four ways: plainly, with every event twice, with arrivals shuffled, and with a restart at any point."""

import json
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from schemas import codec
from schemas.outbound import Reason
from service.replay import Replay
from tests.stories.profile import holds, names, profile
from tests.stories.story import Step, Story, read, shuffled, stories
from tests.stories.words import line

SEEDS = range(6)
told = pytest.mark.parametrize("path", stories(), ids=lambda path: path.stem)


def take(replay: Replay, step: Step) -> list[bytes]:
    """Let one step happen; what is announced."""
    if step.policy is not None:
        return replay.activate(step.policy, step.at)
    if step.value is None:
        return replay.tick(step.at)
    outcome = replay.feed(step.value)
    assert outcome.rejected is None
    return outcome.announcements


def tell(replay: Replay, steps: list[Step]) -> list[bytes]:
    """Let steps happen to the end of the last day; what is announced."""
    said = [value for step in steps for value in take(replay, step)]
    return [*said, *replay.finish()]


def lines(said: list[bytes], story: Story) -> list[str]:
    return [line(codec.decode_announcement(value), story.frame.zone) for value in said]


def last_said(announced: list[str]) -> dict[str, str | None]:
    """The last announced name of every noun; each change begins where the one before ended."""
    said: dict[str, str | None] = {"segment": None, "stage": None, "risk": None}
    for each in announced:
        if " -> " in each:
            noun, change = each[11:].split(": ", 1)
            before, after = change.split(" (")[0].split(" -> ")
            assert (said.get(noun) or "none") == before, each
            said[noun] = None if after == "none" else after
    return said


def is_caused(value: bytes) -> bool:
    """Whether a change names its event, and none if time or new rules led to it (a first tier may have either)."""
    data = json.loads(value)["data"]
    return data.get("reason", "enrolled") == "enrolled" or (data["cause"] is None) == (data["reason"] in ("time", "policy"))


@told
def test_told_plainly(path: Path) -> None:
    story = read(path)
    replay = Replay(story.policy)
    said = tell(replay, story.steps)

    assert lines(said, story) == story.announced
    assert holds(story.profile, profile(replay)), profile(replay)
    assert last_said(lines(said, story)) == names(profile(replay))
    assert [json.loads(value)["sequence"] for value in said] == [*range(1, len(said) + 1)]
    assert [value for value in said if not is_caused(value)] == []


@told
def test_every_event_twice(path: Path) -> None:
    story = read(path)
    once, twice = Replay(story.policy), Replay(story.policy)

    assert tell(twice, [again for step in story.steps for again in (step, step)]) == tell(once, story.steps)
    assert profile(twice) == profile(once)


@told
@pytest.mark.parametrize("seed", SEEDS)
def test_arrivals_shuffled(path: Path, seed: int) -> None:
    story = read(path)
    in_order, any_order = Replay(story.policy), Replay(story.policy)
    tell(in_order, story.steps)
    said = tell(any_order, shuffled(story, Random(seed)))

    assert profile(any_order) == profile(in_order)
    assert last_said(lines(said, story)) == names(profile(in_order))


@told
def test_cut_in_two_by_a_restart(path: Path) -> None:
    story = read(path)
    whole = tell(Replay(story.policy), story.steps)
    first, said = Replay(story.policy), list[bytes]()
    for number, step in enumerate(story.steps):
        second = first.restarted()
        assert [*said, *tell(second, story.steps[number:])] == whole, f"cut before step {number + 1}: {step}"
        said += take(first, step)


def test_the_stories_know_every_reason() -> None:
    announced = "\n".join(each for path in stories() for each in read(path).announced)

    assert {reason for reason in get_args(Reason) if f"({reason})" not in announced} == {"rebuild"}
