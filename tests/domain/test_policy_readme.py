"""The worked examples of service/policies/README.md, each replayed.

An example is one or two blocks of rules (toml), a story (text) and, maybe, a part of the profile at its end (json). A line of
the story is a date, what the customer does at noon (or that he waits, or that the second rules come into force), and what is
announced.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.replay import Replay

README = (Path(__file__).parents[2] / "service" / "policies" / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(toml|text|json)\n(.*?)```", re.DOTALL)
FRAME = 'name = "example"\nversion = {}\n[frame]\ntime_zone = "UTC"\ncurrency = "USD"\nsettle_minutes = 0\n'
PLACE_OF_THE_LINES = "# the line of the example stands here\n"


@dataclass
class Example:
    """Rules, what happens, and a part of the profile at the end."""

    title: str
    rules: list[str]
    story: str
    profile: str | None = None


def examples() -> Iterator[Example]:
    """The examples in order; the first block of rules is the ladder that they share."""
    title, ladder, rules, found = "", "", [], None
    for part in re.split(r"(?m)^(?=\*\*|## )", README):
        title = part.splitlines()[0].strip("#* ") if part else title
        for kind, text in BLOCK.findall(part):
            if kind == "toml" and not ladder:
                ladder = text
            elif kind == "toml":
                rules.append(text if text.startswith("[") else ladder.replace(PLACE_OF_THE_LINES, text))
            elif kind == "text":
                found, rules = Example(title, rules, text), []
                yield found
            elif found is not None:
                found.profile = text


EXAMPLES = list(examples())


def event(line: str, day: str, number: int) -> bytes:
    """What a customer does, as a producer sends it."""
    match line.split():
        case ["pays", amount, *name]:
            order = {"order_id": name[-1] if name else f"o-{number}", "channel": "till"}
            kind, data = "order.paid.v1", {**order, "amount_minor": round(float(amount) * 100), "currency": "USD"}
        case ["returns", amount, "of", name]:
            back = {"refund_id": f"r-{number}", "order_id": name}
            kind, data = "order.refunded.v1", {**back, "amount_minor": round(float(amount) * 100), "currency": "USD"}
        case ["does", something]:
            kind, data = "app.interaction.v1", {"kind": something}
        case ["rates", score]:
            kind, data = "feedback.given.v1", {"kind": "rating", "score": int(score)}
        case _:
            solved = {"complains": "complaint", "is resolved": "complaint-resolved"}[line.strip()]
            kind, data = "feedback.given.v1", {"kind": solved, "complaint_id": "k"}
    envelope = {"specversion": "1.0", "id": str(number), "source": "/till", "type": kind, "subject": "ann"}
    return json.dumps({**envelope, "time": f"{day}T12:00:00Z", "data": data}).encode()


def said(value: bytes) -> tuple[str, str]:
    """The day and the words of an announcement."""
    announcement = json.loads(value)
    data: dict[str, Any] = announcement["data"]
    day = data.get("effective_on", announcement["time"][:10])
    match announcement["type"]:
        case "tier.changed.v1":
            return day, data["to_tier"] + (f" until {data['held_until']}" if data["held_until"] else "")
        case "tier.expiring.v1":
            return day, f"{data['tier']} expires on {data['check_on']}"
        case "lifecycle.changed.v1":
            return day, f"stage {data['to_stage']}"
        case "churn.risk-changed.v1":
            return day, f"risk {data['to_level']}, p {data['p_no_order']:.3f}"
        case _:
            return day, f"segment {data['to_segment']}"


def told(example: Example, replay: Replay) -> Iterator[tuple[str, list[tuple[str, str]], list[tuple[str, str]]]]:
    """For each line of the story the line, what it says is announced, and what is."""
    numbers = count(1)
    for line in example.story.splitlines():
        happens, _, announced = line.partition("->")
        day, action = happens.split(maxsplit=1)
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00").astimezone(UTC)
        if action.startswith("waits"):
            values = replay.tick(at)
        elif action.startswith("new rules"):
            values = [*replay.tick(at), *replay.activate(FRAME.format(2) + example.rules[1], at)]
        else:
            values = replay.feed(event(action, day, next(numbers))).announcements
        expected = [(day, each.strip()) for each in announced.split(";") if each.strip()]
        yield line, expected, [said(value) for value in values]


def part_of(profile: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """The parts of the profile that an example shows."""
    whole: dict[str, Any] = json.loads(msgspec.json.encode(profile))
    return {key: whole[key] for key in wanted}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title[:40])
def test_an_example_is_true(example: Example) -> None:
    replay = Replay(FRAME.format(1) + example.rules[0])
    for line, expected, announced in told(example, replay):
        assert announced == expected, line
    if example.profile is not None:
        wanted = json.loads(example.profile)
        [(_, profile)] = replay.profiles()
        assert part_of(profile, wanted) == wanted


def test_every_rule_has_an_example() -> None:
    rules = "".join(rule for example in EXAMPLES for rule in example.rules)
    words = ["rolling", "month-start", "months", "days", "calendar_year", "grace_days", "one-down", "recalculated", "to-base"]
    more = ["max_downgrades", "notice_days", '"term"', "[lifecycle]", "loyal", "won_back_days", "[churn]", "floors", "[rfm]"]
    assert [word for word in [*words, *more, "[engagement]"] if word not in rules] == []
