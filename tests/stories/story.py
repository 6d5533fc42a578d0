"""A story: what happens to one customer, and what a marketer is told; read from a TOML file (see README.md beside it)."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from service.domain.policy import Frame
from service.domain.policy_file import parse_policy
from tests.stories.events import Entry, event

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Step:
    """An event (`value`), new rules (`policy`), or else the passing of time; it reaches the service at `arrives`."""

    arrives: datetime
    at: datetime
    value: bytes | None = None
    policy: str | None = None


@dataclass(frozen=True)
class Story:
    """One customer; `announced` as lines, `profile` the part of the last profile that the story is about."""

    title: str
    policy: str
    frame: Frame
    steps: list[Step]
    announced: list[str]
    profile: dict[str, Any]


def stories() -> list[Path]:
    """All story files."""
    return sorted(HERE.glob("*.toml"))


def read(path: Path) -> Story:
    """A story from its file; ValueError names what is wrong with it."""
    told = tomllib.loads(path.read_text(), parse_float=Decimal)
    if unknown := set(told) - {"title", "policy", "changed", "event", "expected"}:
        raise ValueError(f"{path.name}: {sorted(unknown)} mean nothing")
    policy = _policy(told["policy"], told.get("changed", {}))
    frame = parse_policy(policy).frame
    steps = [step for number, entry in enumerate(told["event"], 1) for step in _steps(entry, number, frame)]
    expected = told["expected"]
    return Story(told["title"], policy, frame, _by_arrival(steps), expected["announced"], expected.get("profile", {}))


def shuffled(story: Story, random: Random) -> list[Step]:
    """The steps with every event delayed at random, none later than `late_days`; time and rules pass as they did."""
    most = story.frame.late_days - 1

    def delayed(step: Step) -> Step:
        late = timedelta(days=random.randint(0, most) if step.value is not None else 0)
        return Step(step.at + late, step.at, step.value, step.policy)

    return _by_arrival([delayed(step) for step in story.steps])


def _policy(name: str, changed: dict[str, str]) -> str:
    text = (HERE / "policies" / f"{name}.toml").read_text()
    for written, instead in changed.items():
        if text.count(written) != 1:
            raise ValueError(f"policies/{name}.toml holds {written!r} {text.count(written)} times, and once is needed")
        text = text.replace(written, instead)
    return text


def _steps(entry: Entry, number: int, frame: Frame) -> list[Step]:
    if "clock" in entry:
        noon = _local(f"{entry['clock']} 12:00", frame)
        return [Step(noon, noon)]
    if "policy" in entry:
        at = _local(entry["on"], frame)
        return [Step(at, at), Step(at, at, policy=_policy(entry["policy"], entry.get("changed", {})))]
    if "times" in entry:
        first = datetime.fromisoformat(entry["on"])
        repeated = [(first + timedelta(days=entry["every"] * turn)).isoformat() for turn in range(entry["times"])]
        return [_happened(entry, on, f"{number}.{turn}", frame) for turn, on in enumerate(repeated, 1)]
    found = [_happened(entry, entry["on"], entry.get("id", str(number)), frame)]
    # Who sends something late knows how late it is: time has passed for the service too.
    return [Step(found[0].arrives, found[0].arrives), *found] if "arrives" in entry else found


def _happened(entry: Entry, on: str, number: str, frame: Frame) -> Step:
    at = _local(on, frame)
    arrives = _local(entry["arrives"], frame) if "arrives" in entry else at
    return Step(arrives, at, event(entry, at, number, frame.currency))


def _local(text: str, frame: Frame) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=frame.zone) if at.tzinfo is None else at


def _by_arrival(steps: list[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.arrives.timestamp())
