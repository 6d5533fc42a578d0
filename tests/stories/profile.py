"""The last profile of a story: what it holds, the names in it, and whether it holds what is expected."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from service.replay import Replay

Profile = dict[str, Any]


def profile(replay: Replay) -> Profile:
    """The only customer's profile, without what tells the way there."""
    [(_, found)] = list(replay.profiles())
    content: Profile = json.loads(msgspec.json.encode(found))
    return {key: value for key, value in content.items() if key not in ("sequence", "position")}


def names(content: Profile) -> dict[str, str | None]:
    """The names in a profile, by their noun in the lines of announcements."""
    parts = [
        ("segment", content["rfm"], "segment"),
        ("stage", content["lifecycle"], "stage"),
        ("risk", content["churn"], "level"),
    ]
    named = {noun: part[key] if part else None for noun, part, key in parts}
    return named | {scheme: standing["tier"] for scheme, standing in content["tiers"].items()}


def holds(expected: Any, found: Any) -> bool:
    """Whether `found` has all that a story expects; more may be in a table. Numbers with a fraction to 6 decimals."""
    match expected:
        case dict():
            return isinstance(found, dict) and all(key in found and holds(each, found[key]) for key, each in expected.items())
        case list():
            return len(expected) == len(found) and all(holds(*pair) for pair in zip(expected, found, strict=True))
        case Decimal():
            return bool(abs(float(expected) - found) < 2e-6)
        case date():
            return bool(found == expected.isoformat())
        case "none":
            return found is None
        case _:
            return bool(found == expected)
