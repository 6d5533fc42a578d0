"""One run of a cell: traffic and faults side by side, then rest, then the judge."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tests.chaos import faults
from tests.chaos.cells import Cell
from tests.chaos.cleaning import compare_cleaned
from tests.chaos.damaged import compare_damaged
from tests.chaos.feed import feed
from tests.chaos.judge import judge, until_rest
from tests.chaos.mended import compare_rebuilt
from tests.chaos.recovery import measure_recovery
from tests.chaos.refusals import REBUILT, compare_refusal
from tests.chaos.scene import Scene, build
from tests.chaos.schedule import Step, expand
from tests.chaos.verdict import Verdict
from tests.chaos.watch import READS, Watch

START_SECONDS = 90.0


@dataclass(slots=True)
class Happened:
    """A fault, and how many seconds it took until all partitions of its role went on (None: not seen)."""

    step: Step
    again: float | None = None
    failed: str = ""


@dataclass(slots=True)
class Result:
    """What a run showed."""

    cell: str
    seed: int
    seconds: float = 0.0
    rest_seconds: float = 0.0
    """From the last event until all was dealt with."""
    stood_seconds: float = 0.0
    """The longest that a partition of the log stood still with records waiting."""
    happened: list[Happened] = field(default_factory=list)
    exits: dict[str, int] = field(default_factory=dict)
    verdict: Verdict = field(default_factory=Verdict)


async def run(cell: Cell, seed: int, directory: Path) -> Result:
    """Run a cell on servers of its own."""
    async with AsyncExitStack() as stack:
        scene = await build(cell, seed, directory, stack)
        return await play(scene, cell)


async def play(scene: Scene, cell: Cell) -> Result:
    """Run a cell on a scene."""
    began, result = time.monotonic(), Result(cell.name, scene.seed)
    watches = {role: Watch(scene.settings, role) for role in READS}
    watching = [asyncio.ensure_future(watch.run()) for watch in watches.values()]
    scene.fleet.start()
    await scene.fleet.running(START_SECONDS)
    feeding = asyncio.ensure_future(feed(scene.settings, cell.traffic.sendings(scene.seed)))
    steps = expand(cell.schedule, scene.seed, cell.workers)
    running = time.monotonic()
    result.happened = list(await asyncio.gather(*(_happen(scene, step, running, watches) for step in steps)))
    result.verdict.count("sent", await feeding)
    result.rest_seconds = await until_rest(scene.settings, result.verdict)
    for task in watching:
        task.cancel()
    for role, watch in watches.items():
        watch.write(scene.directory / f"{role}.watch")
    result.stood_seconds = watches["customers"].longest_stand()
    await scene.fleet.stop()
    await _judge(scene, cell, result)
    result.exits = {f"{role} {code}": number for (role, code), number in sorted(scene.fleet.exits.items())}
    result.seconds = time.monotonic() - began
    return result


async def _judge(scene: Scene, cell: Cell, result: Result) -> None:
    for happened in result.happened:
        if happened.failed:
            result.verdict.find("a fault did not come to happen", happened.failed)
    if cell.cleaned:
        await compare_cleaned(scene.settings, result.verdict)
    await judge(scene.settings, cell.policy, result.verdict, timedelta(hours=cell.jump_hours))
    await _then(scene, cell.then, result.verdict)


async def _then(scene: Scene, what: str, verdict: Verdict) -> None:
    match what:
        case "":
            return
        case "damaged-row":
            await compare_damaged(scene, verdict)
        case "recovery":
            await measure_recovery(scene, verdict)
        case _:
            await compare_refusal(scene, what, verdict)
            if what in REBUILT:
                await compare_rebuilt(scene, verdict)


async def _happen(scene: Scene, step: Step, began: float, watches: dict[str, Watch]) -> Happened:
    faults.understood(step.action)
    await asyncio.sleep(step.second - (time.monotonic() - began))
    happened = Happened(step)
    try:
        since = await faults.do(scene, step.action)
    except faults.NotReached as reason:
        happened.failed = str(reason)
        return happened
    watch = watches[next((role for role in READS if role in step.action.replace("Redis", "read-model")), "customers")]
    deadline = time.monotonic() + 60
    while happened.again is None and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        happened.again = watch.again(since)
    return happened
