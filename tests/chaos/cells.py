"""The cells: each a name, a schedule that can be read, and what is different from the usual; kept in `cells.toml`."""

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tests.chaos.traffic import Traffic

HERE = Path(__file__).parent
POLICY = (HERE / "policy.toml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Cell:
    """What happens in a run, and to whom."""

    name: str
    schedule: str
    workers: dict[str, int]
    traffic: Traffic
    behind: tuple[str, ...] = ()
    """Workers that reach Kafka through the proxy."""
    cleaned: bool = False
    """The changelog is compacted at once."""
    time: Literal["events", "wall"] = "events"
    needs: str = ""
    """What the machine must have: `mounts`, `faketime`."""
    jump_hours: float = 0.0
    """How far the clock of intake is off, at most."""
    then: str = ""
    """What happens to the deployment when all is judged: a damage of `refusals.py`, `damaged-row`, `recovery`."""
    policy: str = field(default=POLICY, repr=False)


def cells() -> dict[str, Cell]:
    """All cells by name, in the file's order."""
    found = tomllib.loads((HERE / "cells.toml").read_text(encoding="utf-8"))
    return {name: _cell(name, told) for name, told in found.items()}


def _cell(name: str, told: dict[str, Any]) -> Cell:
    workers = {"intake": 1, "customers": 2, "read-model": 1} | told.pop("workers", {})
    traffic = told.pop("traffic", {})
    if told.get("time") == "wall":
        traffic["ends"] = datetime.now(UTC)
    behind = tuple(told.pop("behind", ()))
    return Cell(name=name, workers=workers, traffic=Traffic(**traffic), behind=behind, **told)
