"""Faults of Kafka and of the way to it."""

import asyncio
import time
from pathlib import Path

from tests.chaos.faults.actions import FOR, act
from tests.chaos.scene import Scene

FILLER = 1 << 20


@act(rf"broker killed, away{FOR}")
async def broker(scene: Scene, seconds: str) -> float:
    """Killed; started again on its data."""
    assert scene.kafka is not None
    scene.kafka.kill()
    await asyncio.sleep(float(seconds))
    await scene.kafka.start_again()
    return time.monotonic()


@act(rf"network (drops|refuses|swallows requests|swallows replies){FOR}")
async def network(scene: Scene, what: str, seconds: str) -> float:
    """Between the workers behind the proxy and Kafka. When one way is swallowed others are to take over meanwhile."""
    assert scene.kafka_proxy is not None
    began = time.monotonic()
    modes = {"drops": "drop", "refuses": "refuse", "swallows requests": "swallow requests", "swallows replies": "swallow replies"}
    scene.kafka_proxy.set(modes[what])
    ended = await _network_back(scene, seconds, cut=what == "refuses")
    return began if what.startswith("swallows") else ended


@act(rf"network (?:delays by ([\d.]+) ms|throttles to ([\d.]+) kB/s){FOR}")
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


@act(rf"disk full{FOR}")
async def disk_full(scene: Scene, seconds: str) -> float:
    """Kafka's disk is filled to its last byte; when there is space again Kafka is started, if it has ended."""
    assert scene.kafka is not None
    filler = scene.kafka.directory / "filler"
    _fill(filler)
    await asyncio.sleep(float(seconds))
    filler.unlink()
    if scene.kafka.server is not None and scene.kafka.server.process.poll() is not None:
        await scene.kafka.start_again()
    return time.monotonic()


def _fill(filler: Path) -> None:
    for size in (FILLER, 1):
        with filler.open("ab", buffering=0) as file:
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
