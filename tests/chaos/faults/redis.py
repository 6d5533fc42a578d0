"""Faults of Redis."""

import asyncio
import time

from redis.asyncio import Redis as Client

from tests.chaos.faults.actions import FOR, act
from tests.chaos.scene import Scene


@act(rf"Redis away{FOR}")
async def redis_away(scene: Scene, seconds: str) -> float:
    """Gone, and back empty."""
    assert scene.redis is not None
    scene.redis.stop()
    await asyncio.sleep(float(seconds))
    scene.redis.start()
    return time.monotonic()


@act(rf"Redis answers (?:(\d+) ms late|not at all){FOR}")
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


@act(rf"Redis (read-only|out of memory){FOR}")
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
