"""The brute-force oracle of tests/oracle, asked what one customer of a log should hear; it knows nothing of the service."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from tests.oracle import Oracle
from tests.properties.live import difference, heard
from tests.simulator.kafka import Record

MOST_AHEAD = timedelta(minutes=5)
BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class WallOracle(Oracle):
    """Only ticks move the clock."""

    ticking = False

    def tick(self, at: datetime) -> None:
        """The clock passes an instant."""
        self.ticking = True
        super().tick(at)
        self.ticking = False

    def _clock_moves(self, at: datetime) -> None:
        if self.ticking:
            super()._clock_moves(at)


def faults(customer: str, mode: Literal["events", "wall"], records: Sequence[Record], announced: list[bytes]) -> Iterator[str]:
    """Where what was announced to a customer is not what the oracle says."""
    first, *others = (json.loads(record.value or b"") for record in records)
    oracle = (WallOracle if mode == "wall" else Oracle)(first["data"]["text"])
    erased = BEGINNING
    for record, event in zip(records[1:], others, strict=True):
        if event["type"] == "customer.erased.v1":
            if event["subject"] == customer:
                erased = max(erased, _erased(oracle, mode, record, event))
        elif event.get("subject") != customer or datetime.fromisoformat(event["time"]) > erased:
            _happens(oracle, customer, mode, record, event)
        elif mode == "events":
            oracle.tick(datetime.fromisoformat(event["time"]))
    if wrong := difference(heard(announced), oracle.said):
        yield f"{customer}: the oracle says otherwise: {wrong}"


def _erased(oracle: Oracle, mode: str, record: Record, event: dict[str, Any]) -> datetime:
    """He is forgotten; up to when nothing counts that comes later."""
    oracle.forget()
    written = min(datetime.fromisoformat(event["time"]), BEGINNING + timedelta(milliseconds=record.timestamp))
    return written if mode == "wall" else oracle.clock or BEGINNING


def _happens(oracle: Oracle, customer: str, mode: str, record: Record, event: dict[str, Any]) -> None:
    time = datetime.fromisoformat(event["time"])
    match event["type"]:
        case "clock.ticked.v1":
            if mode == "events" or time <= BEGINNING + timedelta(milliseconds=record.timestamp) + MOST_AHEAD:
                oracle.tick(time)
        case "policy.activated.v1":
            if event["data"]["version"] > oracle.rules.version:
                oracle.activate(event["data"]["text"], time)
        case _ if event["subject"] == customer:
            oracle.feed(record.value or b"")
        case _ if mode == "events":
            oracle.tick(time)
