"""The probes: is the process alive, is it ready, and if not, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

STUCK_SECONDS = 60.0


class Lane(Protocol):
    """A partition that is worked on."""

    @property
    def tp(self) -> tuple[str, int]: ...
    @property
    def busy_since(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class State:
    """What a process says of itself."""

    role: str
    waits_for: str | None
    """What it needs before it can work; None: it works."""
    lanes: tuple[Lane, ...]
    may_wait: bool = False
    """Batches may wait for a system outside for as long as it is away: to be restarted would not bring it any sooner."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a probe; `body` is to be JSON."""

    ok: bool
    body: dict[str, object]


def alive(state: State, now: float) -> Answer:
    """Whether nothing hangs; `now` is monotonic seconds."""
    stuck = [] if state.may_wait else sorted(_stuck(state.lanes, now))
    return Answer(not stuck, {"role": state.role, "stuck": stuck})


def ready(state: State) -> Answer:
    """Whether all partitions that the process was given are recovered and worked on."""
    if state.waits_for is None:
        return Answer(True, {"role": state.role, "partitions": len(state.lanes)})
    return Answer(False, {"role": state.role, "waits_for": state.waits_for})


def _stuck(lanes: Iterable[Lane], now: float) -> Iterable[str]:
    for lane in lanes:
        if lane.busy_since is not None and now - lane.busy_since >= STUCK_SECONDS:
            topic, partition = lane.tp
            yield f"{topic}-{partition}: a batch has been under way for {now - lane.busy_since:.0f} s"
