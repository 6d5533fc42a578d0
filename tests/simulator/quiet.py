"""The end of a schedule: nothing fails any more, everything that was sent is dealt with, and time may go on for weeks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from service.faust_safe.lanes import TP
from tests.simulator.clock import CLOCK
from tests.simulator.roles import INBOUND
from tests.simulator.world import Step, World

SILENT = timedelta(days=30)
MOST_BITES = 300


def quieten(world: World) -> list[str]:
    """Drive everything to its end; what happened, in words."""
    return list(_quieten(world))


def _quieten(world: World) -> Iterator[str]:
    for name, worker in list(world.workers.items()):
        worker.skew = 0.0
        for key in list(worker.activities):
            if name in world.workers and key in world.workers[name].activities:
                yield "-- " + world.do(Step("go on", name, key))
    while len(world.sent) < len(world.history):
        yield "-- " + world.do(Step("send"))
    yield from _all_taken(world, "IJ", list(INBOUND))
    yield from _who_else(world, "IJ")
    if world.ends_in_silence:
        end = datetime.fromtimestamp(world.kafka.now, UTC) + SILENT
        world.kafka.now = end.timestamp()
        for tp in world.log:
            world.tick(tp, end)
        yield f"-- time passes until {end:%Y-%m-%d %H:%M}"
    yield from _all_taken(world, "AB", world.log)
    yield from _who_else(world, "AB")


def _who_else(world: World, names: str) -> Iterator[str]:
    """Former owners that do not know it yet."""
    for name in names:
        if name in world.workers:
            yield from _worked_off(world, name)


def _all_taken(world: World, names: str, tps: list[TP]) -> Iterator[str]:
    """One process takes everything and works until there is nothing left to do."""
    name = next((each for each in names if each in world.workers), names[0])
    if name not in world.workers:
        yield "-- " + world.do(Step("start", name))
    CLOCK.wall = world.kafka.now
    yield f"-- {name} takes all {world.take(name, set(tps))}"
    if name in world.workers:
        yield from _worked_off(world, name)
    else:  # it had been fenced, and begins anew
        yield from _all_taken(world, names, tps)


def _worked_off(world: World, name: str) -> Iterator[str]:
    worker = world.workers[name]
    for tp in list(worker.lanes):
        while not worker.left and world.kafka.end(tp) > worker.lanes[tp]:
            yield "-- " + world.do(Step("process", name, tp, amount=5))
        for _ in range(MOST_BITES):
            if worker.left or not worker.has_more(tp):
                break
            CLOCK.monotonic += 1.0
            yield "-- " + world.do(Step("spare", name, tp))
        else:
            raise AssertionError(f"{name} never comes to an end at {tp}")
