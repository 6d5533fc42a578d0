"""Faults of processes: killed, ended, frozen, at any moment or at a point of their work; more of them, and fewer."""

import asyncio
import signal
import time

from tests.chaos.faults.actions import FOR, WHO, act, until
from tests.chaos.fleet import Worker
from tests.chaos.scene import Scene

POINT_SECONDS = 60.0
"""Within which a worker comes to a point of its work."""
POINT = r"(before a write|inside a write|after a write|during recovery)"


@act(rf"(SIGKILL|SIGTERM) (?:{WHO}|all(?: ([a-z-]+))?)")
async def end(scene: Scene, number: str, who: str | None, role: str | None) -> float:
    """One, all, or all of a role; the fleet starts them again."""
    began = time.monotonic()
    for worker in scene.fleet.workers:
        if str(worker) == who or (who is None and role in (None, worker.role)):
            worker.send(signal.Signals[number])
    return began


@act(rf"SIGSTOP {WHO}{FOR}")
async def stop(scene: Scene, who: str, seconds: str) -> float:
    """Frozen at any moment, then woken."""
    began, worker = time.monotonic(), scene.fleet.worker(who)
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(float(seconds))
    worker.send(signal.SIGCONT)
    return began


@act(rf"SIGSTOP {WHO} {POINT}{FOR}")
async def freeze(scene: Scene, who: str, point: str, seconds: str) -> float:
    """Frozen exactly there, then woken."""
    worker = scene.fleet.worker(who)
    worker.order.write_text(f"SIGSTOP {point}")
    await until(lambda: worker.frozen, f"{who} did not come to be {point}", POINT_SECONDS)
    began = time.monotonic()
    await asyncio.sleep(float(seconds))
    worker.send(signal.SIGCONT)
    return began


@act(rf"SIGKILL {WHO} {POINT}")
async def kill_there(scene: Scene, who: str, point: str) -> float:
    """Killed exactly there; for the recovery it is killed before, so that there is one."""
    worker = scene.fleet.worker(who)
    worker.order.write_text(f"SIGKILL {point}")
    if point == "during recovery":
        worker.send(signal.SIGKILL)
    await until(lambda: not worker.order.exists(), f"{who} did not come to be {point}", POINT_SECONDS)
    return time.monotonic()


@act(r"scale ([a-z-]+) to (\d+)")
async def scale(scene: Scene, role: str, size: str) -> float:
    """More or fewer workers of a role."""
    began = time.monotonic()
    await scene.fleet.scale(role, int(size))
    return began


@act(r"rolling restart of ([a-z-]+)(?: and ([a-z-]+))?")
async def rolling(scene: Scene, *roles: str | None) -> float:
    """SIGTERM one after the other, each when the one before is back."""
    began = time.monotonic()
    for worker in [each for each in scene.fleet.workers if each.role in roles]:
        await _replaced(worker)
    return began


async def _replaced(worker: Worker) -> None:
    before = worker.process
    worker.send(signal.SIGTERM)
    await until(lambda: worker.process not in (before, None), f"{worker} did not end and come again", 70)
    await until(lambda: worker.running, f"{worker} did not come to run", 70)
