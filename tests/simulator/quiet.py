"""The end of a schedule: nothing fails any more, everything that was sent is dealt with."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tests.simulator.clock import CLOCK
from tests.simulator.step import Step, at
from tests.simulator.world import CUSTOMERS, INTAKE, READ_MODEL, World

SILENT = timedelta(days=30)
MOST_STEPS = 300


def quieten(world: World) -> Iterator[str]:
    """Drive everything to its end; what happens, in words."""
    yield from _gone_on(world)
    while world.end_comes != "at once" and not world.outside.all_sent:
        yield world.do(Step("send"))
    yield from _role(world, INTAKE)
    if world.end_comes == "weeks later":
        end = datetime.fromtimestamp(world.kafka.now, UTC) + SILENT
        world.kafka.now = end.timestamp()
        for tp in world.log:
            world.outside.write_tick(tp, end)
        yield f"time passes until {end:%Y-%m-%d %H:%M}"
    yield from roles_worked_off(world)
    if world.redis_is_emptied_last:
        yield world.do(Step("empty Redis"))
        yield from _role(world, READ_MODEL)


def roles_worked_off(world: World) -> Iterator[str]:
    """What is in the log is dealt with."""
    yield from _role(world, CUSTOMERS)
    yield from _role(world, READ_MODEL)


def _gone_on(world: World) -> Iterator[str]:
    """What stands at a boundary goes on."""
    running = world.processes.running
    for name, worker in list(running.items()):
        worker.skew = 0.0
        for key in list(worker.activities):
            if name in running and key in worker.activities:
                yield world.do(Step("go on", name, key))


def _role(world: World, names: Sequence[str]) -> Iterator[str]:
    """One process takes everything and works until there is nothing left to do; then those that were not told work on."""
    running, name = world.processes.running, ""
    while name not in running:  # one that finds itself fenced leaves, and another begins
        name = next((each for each in names if each in running), names[0])
        if name not in running:
            yield world.do(Step("start", name))
        if not world.processes.has_all(name):
            world.processes.turn_of(name)
            yield world.processes.take(name, set(world.processes.reads[name]))
        if name in running:
            yield from _worked_off(world, name)
    for other in names:
        if other in running and other != name:
            yield from _worked_off(world, other)


def _worked_off(world: World, name: str) -> Iterator[str]:
    """All that a process can do, until it finds that nothing is left, or that it is not wanted any more."""
    worker = world.processes.running[name]
    for tp in list(worker.lanes):
        for _ in range(MOST_STEPS):
            CLOCK.monotonic += 1.0
            nothing_new = not world.kafka.read(tp, worker.lanes[tp])
            yield world.do(Step("spare" if nothing_new else "process", name, tp, amount=4))
            if worker.left or (nothing_new and not worker.has_more(tp)):
                break
        else:
            raise AssertionError(f"{name} never comes to an end at {at(tp)}")
        if worker.left:
            break
