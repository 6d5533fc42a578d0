"""What a peer is asked to do, and what it answers: one line of JSON on stdout."""

import json
import os
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Task:
    """Read all events of a topic, keep the states durable, send tier changes, commit, answer, end. In Java: `Task.java`."""

    kafka: str
    log: str
    """The topic to read, from its beginning."""
    events: int
    """So many records lie there, in all partitions together."""
    run: str
    """Of this run alone: the group's name, and the beginning of the names of all topics that are written to."""
    directory: Path
    """For what lies on the disk; removed afterwards."""

    @classmethod
    def given(cls) -> "Task":
        """As the environment says."""
        given = {name: os.environ[f"PEER_{name.upper()}"] for name in ("kafka", "log", "run")}
        return cls(**given, events=int(os.environ["PEER_EVENTS"]), directory=Path(os.environ["PEER_DIRECTORY"]))

    def environment(self) -> dict[str, str]:
        """What `given` reads."""
        return {f"PEER_{name.upper()}": str(value) for name, value in asdict(self).items()}

    @property
    def changelog(self) -> str:
        """The topic for the states, as many partitions as the log; for peers that do not make their own."""
        return f"{self.run}-changelog"

    @property
    def changes(self) -> str:
        """The topic for tier changes."""
        return f"{self.run}-tier-changes"


class Course:
    """When a peer's first event came, when it had a third of them, and when all was durable and committed."""

    def __init__(self, events: int) -> None:
        self.events = events
        self.count = 0
        self._moments: dict[str, float] = {}

    def passed(self, count: int = 1) -> bool:
        """Before the work on some events; whether these are the last."""
        if not self.count:
            self._moments["first"] = time.monotonic()
        self.count += count
        if self.count >= self.events / 3 and "third" not in self._moments:
            self._moments["third"] = time.monotonic()
            self._moments["third_count"] = self.count - count
        return self.count >= self.events

    def done(self) -> None:
        """Now everything is durable and committed."""
        self._moments["done"] = time.monotonic()

    def answer(self, customers: int, spend: int, applied: int, changes: int) -> None:
        """Say what came out, and end at once: what ends in order does not count."""
        check = {"customers": customers, "spend": spend, "applied": applied, "changes": changes}
        print(json.dumps({**self._moments, "count": self.count, **check}), flush=True)  # noqa: T201
        sys.stderr.flush()
        os._exit(0)
