"""Faults of a worker's machine: its clock jumps, its memory ends."""

import asyncio
import resource
import time
from pathlib import Path

from tests.chaos.faults.actions import FOR, WHO, act, until
from tests.chaos.scene import Scene

END_SECONDS = 50.0


@act(rf"clock of {WHO} jumps by ([+-][\d.]+) h{FOR}")
async def clock_jumps(scene: Scene, who: str, hours: str, seconds: str) -> float:
    """And back. Time that only goes forward (monotonic) is left alone, as on a machine whose clock is set."""
    clock = scene.fleet.worker(who).clock
    began = time.monotonic()
    clock.write_text(f"{float(hours) * 3600:+.0f}")
    await asyncio.sleep(float(seconds))
    clock.write_text("+0")
    return began


@act(rf"{WHO} runs out of memory")
async def memory(scene: Scene, who: str) -> float:
    """Its process may have no more than it has and a little; the next one has as much as it wants."""
    worker = scene.fleet.worker(who)
    process = worker.process
    assert process is not None
    resource.prlimit(process.pid, resource.RLIMIT_AS, (_size(process.pid), resource.RLIM_INFINITY))
    await until(lambda: process.poll() is not None, f"{who} had memory enough", END_SECONDS)
    return time.monotonic()


def _size(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    return pages * resource.getpagesize()
