"""The faults: small actions, each told by a sentence of a schedule."""

import asyncio
import re
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Redis as Client

from tests.chaos.fleet import Worker
from tests.chaos.scene import Scene

Act = Callable[..., Awaitable[float]]
"""Does it; the moment (monotonic) from which the time until all goes on again is counted."""
POINT_SECONDS = 25.0
"""Within which a worker comes to a point of its work."""
_WHO = r"((?:intake|customers|read-model) \d+)"
_POINT = r"(before a write|inside a write|after a write|during recovery)"
_FOR = r" for ([\d.]+) s"
_acts: list[tuple[re.Pattern[str], Act]] = []


class NotReached(Exception):
    """The fault did not come to happen: the run shows nothing."""


def act(pattern: str) -> Callable[[Act], Act]:
    """Have a function do all actions of this form; the groups are its arguments."""

    def register(function: Act) -> Act:
        _acts.append((re.compile(pattern), function))
        return function

    return register


async def do(scene: Scene, action: str) -> float:
    """Do what a sentence says. ValueError for one that is not understood."""
    function, arguments = understood(action)
    return await function(scene, *arguments)


def understood(action: str) -> tuple[Act, tuple[Any, ...]]:
    """What does an action, and with what. ValueError."""
    for pattern, function in _acts:
        if match := pattern.fullmatch(action):
            return function, match.groups()
    raise ValueError(f"{action!r} is no action of tests/chaos/faults.py")


# Processes


@act(rf"(SIGKILL|SIGTERM) (?:{_WHO}|all(?: ([a-z-]+))?)")
async def end(scene: Scene, number: str, who: str | None, role: str | None) -> float:
    """One, all, or all of a role; the fleet starts them again."""
    began = time.monotonic()
    for worker in scene.fleet.workers:
        if str(worker) == who or (who is None and role in (None, worker.role)):
            worker.send(signal.Signals[number])
    return began


@act(rf"SIGSTOP {_WHO}{_FOR}")
async def stop(scene: Scene, who: str, seconds: str) -> float:
    """Frozen at any moment, then woken."""
    began, worker = time.monotonic(), scene.fleet.worker(who)
    worker.send(signal.SIGSTOP)
    await asyncio.sleep(float(seconds))
    worker.send(signal.SIGCONT)
    return began


@act(rf"SIGSTOP {_WHO} {_POINT}{_FOR}")
async def freeze(scene: Scene, who: str, point: str, seconds: str) -> float:
    """Frozen exactly there, then woken."""
    worker = scene.fleet.worker(who)
    worker.order.write_text(f"SIGSTOP {point}")
    await _until(lambda: worker.frozen, f"{who} did not come to be {point}")
    began = time.monotonic()
    await asyncio.sleep(float(seconds))
    worker.send(signal.SIGCONT)
    return began


@act(rf"SIGKILL {_WHO} {_POINT}")
async def kill_there(scene: Scene, who: str, point: str) -> float:
    """Killed exactly there; for the recovery it is killed before, so that there is one."""
    worker = scene.fleet.worker(who)
    worker.order.write_text(f"SIGKILL {point}")
    if point == "during recovery":
        worker.send(signal.SIGKILL)
    await _until(lambda: not worker.order.exists(), f"{who} did not come to be {point}")
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
        await asyncio.sleep(4)
    return began


async def _replaced(worker: Worker) -> None:
    before = worker.process
    worker.send(signal.SIGTERM)
    await _until(lambda: worker.process not in (before, None), f"{worker} did not end and come again", 70)


# Kafka


@act(rf"broker killed, away{_FOR}")
async def broker(scene: Scene, seconds: str) -> float:
    """Killed; started again on its data."""
    assert scene.kafka is not None
    scene.kafka.kill()
    await asyncio.sleep(float(seconds))
    await scene.kafka.start_again()
    return time.monotonic()


@act(rf"network (drops|refuses|swallows requests|swallows replies){_FOR}")
async def network(scene: Scene, what: str, seconds: str) -> float:
    """Between the workers behind the proxy and Kafka."""
    assert scene.kafka_proxy is not None
    modes = {"drops": "drop", "refuses": "refuse", "swallows requests": "swallow requests", "swallows replies": "swallow replies"}
    scene.kafka_proxy.set(modes[what])
    return await _network_back(scene, seconds, cut=what == "refuses")


@act(rf"network (?:delays by ([\d.]+) ms|throttles to ([\d.]+) kB/s){_FOR}")
async def slow_network(scene: Scene, delay: str | None, rate: str | None, seconds: str) -> float:
    """Slow."""
    assert scene.kafka_proxy is not None
    scene.kafka_proxy.set("delay", float(delay) / 1000) if delay else scene.kafka_proxy.set("throttle", float(rate or 1) * 1000)
    return await _network_back(scene, seconds, cut=False)


async def _network_back(scene: Scene, seconds: str, *, cut: bool) -> float:
    assert scene.kafka_proxy is not None
    if cut:
        await scene.kafka_proxy.cut()
    await asyncio.sleep(float(seconds))
    scene.kafka_proxy.set("pass")
    return time.monotonic()


@act(r"network cut")
async def cut(scene: Scene) -> float:
    """All connections that there are end."""
    assert scene.kafka_proxy is not None
    await scene.kafka_proxy.cut()
    return time.monotonic()


# Redis


@act(rf"Redis away{_FOR}")
async def redis_away(scene: Scene, seconds: str) -> float:
    """Gone, and back empty."""
    assert scene.redis is not None
    scene.redis.stop()
    await asyncio.sleep(float(seconds))
    scene.redis.start()
    return time.monotonic()


@act(rf"Redis answers (?:(\d+) ms late|not at all){_FOR}")
async def redis_slow(scene: Scene, late: str | None, seconds: str) -> float:
    """Through its proxy."""
    assert scene.redis_proxy is not None
    scene.redis_proxy.set("delay", float(late) / 1000) if late else scene.redis_proxy.set("swallow replies")
    await asyncio.sleep(float(seconds))
    scene.redis_proxy.set("pass")
    return time.monotonic()


@act(r"Redis emptied")
async def redis_emptied(scene: Scene) -> float:
    """By FLUSHALL."""
    await _redis(scene, "FLUSHALL")
    return time.monotonic()


@act(rf"Redis (read-only|out of memory){_FOR}")
async def redis_refuses(scene: Scene, how: str, seconds: str) -> float:
    """It answers, and takes no writes."""
    on, off = {
        "read-only": (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
        "out of memory": (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
    }[how]
    await _redis(scene, *on)
    await asyncio.sleep(float(seconds))
    await _redis(scene, *off)
    return time.monotonic()


async def _redis(scene: Scene, *command: str) -> None:
    client: Client = Client.from_url(scene.settings.redis)
    await client.execute_command(*command)  # type: ignore[no-untyped-call]
    await client.aclose()


async def _until(condition: Callable[[], bool], otherwise: str, seconds: float = POINT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotReached(f"{otherwise} within {seconds:.0f} s")
        await asyncio.sleep(0.05)
