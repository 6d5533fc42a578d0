"""Clocks: this machine's against Kafka's, without writing a record.

The leading controller tells its time when it is asked how the controllers stand (DescribeQuorum, Kafka 3.3). Where that is not
allowed or not known, only less can be said: Redis's clock, and the latest tick in the log, which has its writer's time in it and
the broker's beside it.
"""

import time
from typing import NamedTuple

from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from service.doctor.finding import Finding, Skipped, fail, ok, warn
from service.doctor.scene import Scene
from service.faust_safe import requests

CHECK = "clock"
MOST, ALARMING = 2.0, 300.0
"""Seconds: from the first on freshness is measured wrongly, from the second on ticks do not count."""
DO = "set the clocks by NTP (chrony, systemd-timesyncd) on this machine and on the brokers"


class Compared(NamedTuple):
    """This machine's clock less another's, in seconds; `sure`: within so many."""

    whose: str
    ahead: float
    sure: float


async def look(scene: Scene) -> list[Finding]:
    """Compare, with Redis too where the roles have to do with it."""
    compared = [each for each in (await _kafka(scene), await _redis(scene)) if each is not None]
    return [judge(compared)]


def judge(compared: list[Compared]) -> Finding:
    """By the clock that is farthest away from ours."""
    if not compared:
        raise Skipped("Kafka's clock can't be seen: this user needs Describe on the cluster")
    said = ", ".join(f"{_seconds(each)} {each.whose}" for each in compared)
    worst = max(_beyond_doubt(each) for each in compared)
    if worst > ALARMING:
        return fail(CHECK, f"this machine is {said}: ticks from here do not count, events from there are refused", DO)
    if worst > MOST:
        return warn(CHECK, f"this machine is {said}", DO)
    without_kafka = (
        "" if compared[0].whose.startswith("Kafka") else " (Kafka's clock can't be seen: this user needs Describe on the cluster)"
    )
    return ok(CHECK, f"this machine is {said}{without_kafka}")


async def _kafka(scene: Scene) -> Compared | None:
    try:
        began = time.time()
        told = requests.leaders_clock(await scene.brokers.ask(requests.DescribeQuorumRequest()))
        took = time.time() - began
    except (KafkaError, NotImplementedError, TimeoutError):
        return None
    return None if told is None else Compared("Kafka's controller", began + took / 2 - told / 1000, took / 2)


async def _redis(scene: Scene) -> Compared | None:
    if scene.redis is None:
        return None
    try:
        began = time.time()
        seconds, micros = await scene.redis.time()
        took = time.time() - began
    except (RedisError, OSError):
        return None
    return Compared("Redis", began + took / 2 - seconds - micros / 1_000_000, took / 2)


def _beyond_doubt(compared: Compared) -> float:
    return max(0.0, abs(compared.ahead) - compared.sure)


def _seconds(compared: Compared) -> str:
    if (beyond := _beyond_doubt(compared)) < 0.1:
        return "in step with"
    return f"{beyond:,.1f} s {'ahead of' if compared.ahead > 0 else 'behind'}"
