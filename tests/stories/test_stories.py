"""Every story is told four ways: plainly, with every event twice, with arrivals shuffled, and with a restart at any point."""

import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from schemas import codec
from service.replay import Replay
from tests.stories.story import Step, Story, as_written, read, shuffled, stories
from tests.stories.words import line

SEEDS = range(6)
Profile = dict[str, Any]
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


def is_caused(value: bytes) -> bool:
    """Whether an announcement names its event, and none if time or new rules led to it."""
    data = json.loads(value)["data"]
    return "reason" not in data or (data["cause"] is None) == (data["reason"] in ("time", "policy"))


def profile(replay: Replay) -> Profile:
    """The only customer's profile, without what tells the way there."""
    [(_, found)] = list(replay.profiles())
    content: Profile = json.loads(msgspec.json.encode(found))
    return {key: value for key, value in content.items() if key not in ("sequence", "position")}


def names(content: Profile) -> dict[str, str | None]:
    """The names in a profile, by their noun in the lines."""
    parts = [
        ("segment", content["rfm"], "segment"),
        ("stage", content["lifecycle"], "stage"),
        ("risk", content["churn"], "level"),
    ]
    named = {noun: part[key] if part else None for noun, part, key in parts}
    return named | {scheme: standing["tier"] for scheme, standing in content["tiers"].items()}


def last_said(story_lines: list[str]) -> dict[str, str | None]:
    """The last announced name of every noun."""
    said: dict[str, str | None] = {"segment": None, "stage": None, "risk": None}
    for each in story_lines:
        if " -> " in each:
            noun, change = each[11:].split(": ", 1)
            before, after = change.split(" (")[0].split(" -> ")
            assert (said.get(noun) or "none") == before, each
            said[noun] = None if after == "none" else after
    return said


def holds(expected: Any, found: Any) -> bool:
    """Whether `found` has all that is expected; more may be in it."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(key in found and holds(each, found[key]) for key, each in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(holds(*pair) for pair in zip(expected, found, strict=True))
    return bool(found == pytest.approx(expected, abs=2e-6) if isinstance(expected, float) else expected == found)


@told
def test_told_plainly(path: Path) -> None:
    story = read(path)
    replay = Replay(story.policy)
    said = tell(replay, story.steps)

    assert lines(said, story) == story.announced
    found, expected = profile(replay), as_written(story.profile)
    assert holds(expected, found), found
    assert last_said(lines(said, story)) == names(found)
    assert [json.loads(value)["sequence"] for value in said] == [*range(1, len(said) + 1)]
    assert all(
        is_caused(value) for value in said if " (enrolled)" not in line(codec.decode_announcement(value), story.frame.zone)
    )


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
