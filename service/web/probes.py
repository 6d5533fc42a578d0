"""The probes: is the process alive, has it started, is it ready, and if not, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

STUCK_SECONDS = 60.0
SILENT_SECONDS = 30.0
"""So long without an answer Kafka counts as away."""


class Lane(Protocol):
    """A partition that is worked on."""

    @property
    def tp(self) -> tuple[str, int]: ...
    @property
    def waits_since(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class State:
    """What a process says of itself; moments are monotonic seconds."""

    role: str
    waits_for: str | None
    """What it needs before it can work; None: it works."""
    lanes: tuple[Lane, ...]
    may_wait: bool = False
    """Batches may wait for a system outside for as long as it is away: to be restarted would not bring it any sooner."""
    silent_since: float | None = None
    """Since when the thread that fetches has not answered; None: it has."""
    has_worked: bool = False
    """Whether it has worked once."""
    degraded: str | None = None
    """What is wrong while it goes on; None: nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a probe; `body` is to be JSON."""

    ok: bool
    body: dict[str, object]


def alive(state: State, now: float) -> Answer:
    """Whether it gets on with what it has been given; `now` is monotonic seconds.

    What Kafka has and was not fetched does not count, nor a Redis that is away: a restart would not bring them any sooner.
    """
    stuck = [] if state.may_wait else sorted(_stuck(state.lanes, now))
    if state.silent_since is not None and now - state.silent_since >= STUCK_SECONDS:
        stuck.append(f"the thread that fetches has not answered for {now - state.silent_since:.0f} s")
    return Answer(not stuck, {"role": state.role, "stuck": stuck})


def ready(state: State) -> Answer:
    """Whether all partitions that the process was given are recovered and worked on."""
    if state.waits_for is not None:
        return Answer(False, {"role": state.role, "waits_for": state.waits_for})
    said = {} if state.degraded is None else {"degraded": state.degraded}
    return Answer(True, {"role": state.role, "partitions": len(state.lanes), **said})


def started(state: State) -> Answer:
    """Whether it has been ready once: what it waits for later is no start any more."""
    return Answer(True, {"role": state.role}) if state.has_worked else ready(state)


def _stuck(lanes: Iterable[Lane], now: float) -> Iterable[str]:
    for lane in lanes:
        if lane.waits_since is not None and now - lane.waits_since >= STUCK_SECONDS:
            topic, partition = lane.tp
            yield f"{topic}-{partition}: records have waited for {now - lane.waits_since:.0f} s and none was dealt with"
