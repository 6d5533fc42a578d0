"""This service's rows: its real workers by the real command, watched from outside. Nothing in them knows of it.

Where there is a C compiler they run the compiled build (`make compiled`), as in the Docker image, and one row pure Python.

A rate is that until the last event is durable and its offset committed, up to a quarter of a second later; CPU counts until the
profiles are out too. While many events wait few of them are made (the notes say how many); at a steady pace nearly every event
of another second makes one.
"""

import signal
from dataclasses import replace
from pathlib import Path

import service.policies
from schemas import topics
from tests.performance import workload
from tests.performance.peers.ground import Ground
from tests.performance.peers.run import Run, judged, measured
from tests.performance.peers.scene import Scene, scene
from tests.performance.progress import Moments, calm, follow
from tests.performance.watch import Watch

INTAKE, CUSTOMERS, READ_MODEL = "ours: intake", "ours: customers", "ours: read model (profiles)"
COFFEE, WHOLE, TWO = "ours: customers, coffee.toml", "ours: the whole service", "ours: customers, two processes"
PURE = "ours: customers, pure Python"
"""What each row is called."""
_COFFEE = Path(service.policies.__path__[0]) / "coffee.toml"


async def role_by_role(ground: Ground, number: int) -> list[Run]:
    """Each role alone, all its input waiting: intake fills the log, customers fill the profiles, the read model fills Redis."""
    async with scene(ground, workload.POLICY) as on:
        await on.load(topics.ORDERS, ground.orders)
        return [await _intake(on, number), await _customers(on, CUSTOMERS, number), await _read_model(on, number)]


async def pure_python(ground: Ground, number: int) -> list[Run]:
    """Customers as they run without a compiled build."""
    async with scene(ground, workload.POLICY, pure=True) as on:
        await on.load(topics.CUSTOMER_ACTIVITY, ground.activities)
        return [await _customers(on, PURE, number)]


async def under_coffee(ground: Ground, number: int) -> list[Run]:
    """Customers under the policy of a coffee chain, which has every kind of rule."""
    async with scene(ground, _COFFEE.read_text(encoding="utf-8")) as on:
        await on.load(topics.CUSTOMER_ACTIVITY, ground.activities)
        return [await _customers(on, COFFEE, number)]


async def two_processes(ground: Ground, number: int) -> list[Run]:
    """Two customers processes share the partitions of one group; both have theirs, and stand still, while the log is filled."""
    async with scene(ground, workload.POLICY) as on:
        with Watch(**ground.pids) as watch:
            started = on.start("customers", watch, name="customers 1")
            on.start("customers", watch, name="customers 2")
            await on.ready(on.deployment.settings.partitions)
            await calm(on.folded, on.check)
            processes = [worker.process for worker in on.deployment.workers.values()]
            for process in processes:
                process.send_signal(signal.SIGSTOP)
            await on.load(topics.CUSTOMER_ACTIVITY, ground.activities)
            for process in processes:
                process.send_signal(signal.SIGCONT)
            moments = await on.all_folded(before=on.policies)
        run = replace(measured(TWO, number, started, moments, watch), start=0.0)
        return [judged(run, ground.truth.of_profiles, await on.profiles())]


async def whole_service(ground: Ground, number: int) -> list[Run]:
    """All three roles at once, from the first order in the log to the last profile in Redis."""
    events = len(ground.orders)
    async with scene(ground, workload.POLICY) as on:
        await on.load(topics.ORDERS, ground.orders)
        with Watch(**ground.pids) as watch:
            on.start("read-model", watch)
            on.start("customers", watch)
            await on.ready(2 * on.deployment.settings.partitions)
            started = on.start("intake", watch)
            begun = await follow(on.log_events, 0, 1, on.check)
            folded = await follow(on.folded, on.policies, on.policies + events, on.check)
            out = await on.all_shown()
        moments = replace(folded, first=begun.first, first_count=0, done=out, out=out)
        return [judged(measured(WHOLE, number, started, moments, watch), ground.truth.of_profiles, await on.profiles())]


async def _intake(on: Scene, number: int) -> Run:
    events = len(on.ground.orders)
    with Watch(**on.ground.pids) as watch:
        started = on.start("intake", watch)
        moments = await follow(on.log_events, 0, events, on.check)
        committed = await calm(lambda: on.progress.committed("intake"), on.check)
        on.stop("intake")
    run = measured(INTAKE, number, started, replace(moments, out=max(moments.done, committed)), watch)
    return judged(run, {"applied": events}, {"applied": await on.log_events()})


async def _customers(on: Scene, row: str, number: int) -> Run:
    with Watch(**on.ground.pids) as watch:
        started = on.start("customers", watch)
        moments = await on.all_folded(before=0)
        reviews = await on.reviews("customers")
        on.stop("customers")
    found, run = await on.profiles(), measured(row, number, started, moments, watch)
    run.note = f"{reviews / run.events:.2f} reviews and {found['profiles'] / run.events:.2f} profiles an event"
    return judged(run, on.ground.truth.of_profiles, found)


async def _read_model(on: Scene, number: int) -> Run:
    profiles, offsets = (await on.profiles())["profiles"], await on.progress.written(topics.CUSTOMER_PROFILES)
    with Watch(**on.ground.pids) as watch:
        started = on.start("read-model", watch)
        seen = await follow(on.progress.position, 0, offsets - on.policies, on.check)
        out = await on.all_shown()
        on.stop("read-model")
    part = profiles / offsets  # the markers of transactions take offsets too
    first, third = round(seen.first_count * part), round(seen.third_count * part)
    run = measured(READ_MODEL, number, started, Moments(seen.first, first, seen.third, third, out, profiles, out), watch)
    run.note = f"an event is a profile, {profiles / len(on.ground.orders):.2f} an order"
    return judged(run, {"customers": on.ground.truth.customers}, {"customers": await on.progress.customers()})
