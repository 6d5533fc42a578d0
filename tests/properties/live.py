"""The service as the properties drive it, and what it says in the oracle's terms."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from math import isclose
from typing import Any

import msgspec

from schemas.profile import Profile
from service.replay import Replay


def heard(announcements: Iterable[bytes]) -> list[dict[str, Any]]:
    """Announcements as the oracle says them: type, time (an instant), sequence and data."""
    found = []
    for each in map(json.loads, announcements):
        assert each["id"] == f"{each['subject']}:{each['sequence']}"
        time = datetime.fromisoformat(each["time"])
        found.append({"type": each["type"], "time": time, "sequence": each["sequence"], "data": each["data"]})
    return found


def profile(replay: Replay) -> dict[str, Any]:
    """The only customer's profile without what tells the way there; empty without a customer."""
    for _, found in replay.profiles():
        return plain(found)
    return {}


def plain(found: Profile) -> dict[str, Any]:
    """A profile's data, as the oracle gives it."""
    data: dict[str, Any] = json.loads(msgspec.json.encode(found))
    del data["sequence"], data["position"]
    return data


def last_day(replay: Replay) -> date:
    """The day that the replay ends on."""
    return date.fromordinal(replay.last_day() + date(1970, 1, 1).toordinal())


def difference(found: Any, right: Any, place: str = "") -> str | None:
    """The first place where two JSON values differ; floats may differ in their last written digit."""
    if isinstance(found, float) and isinstance(right, float | int):
        return None if isclose(found, right, rel_tol=1e-4, abs_tol=2e-6) else f"{place}: {found} is not {right}"
    if isinstance(found, dict) and isinstance(right, dict) and found.keys() == right.keys():
        return next((each for key in right if (each := difference(found[key], right[key], f"{place}.{key}"))), None)
    if isinstance(found, list) and isinstance(right, list):
        for number, (one, other) in enumerate(zip(found, right, strict=False)):
            if each := difference(one, other, f"{place}[{number}]"):
                return each
        longer = (found, right)[len(right) > len(found)]
        return (
            f"{place}: {len(found)} and not {len(right)}: {longer[min(len(found), len(right)) :]}"
            if len(found) != len(right)
            else None
        )
    return None if found == right else f"{place}: {found!r} is not {right!r}"
