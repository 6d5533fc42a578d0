"""The read model as Redis says it: up to when it is complete, and which partitions are still being filled."""

import time
from collections.abc import Mapping

from redis.exceptions import RedisError

from service.doctor.finding import Finding, Skipped, fail, ok, warn
from service.doctor.lag import duration
from service.doctor.scene import Scene
from service.partition_names import numbers
from service.stored_profiles import read_to

CHECK = "read model"
LATE, VERY_LATE = 30.0, 300.0
"""Seconds: it says once a second up to when it has read; after the second somebody is called."""
_RUNS = "see workers: read-model and lag: read-model; if they run and it does not end, look into their log"


async def look(scene: Scene) -> list[Finding]:
    """Read the marks of all partitions."""
    if scene.redis is None:
        raise Skipped("Redis is not reachable")
    settings = scene.settings
    try:
        marks = await read_to(scene.redis, settings.topic_prefix, settings.partitions)
    except RedisError as error:
        raise Skipped(f"its marks can't be read ({type(error).__name__})") from None
    return [judge(marks, settings.partitions, time.time())]


def judge(marks: Mapping[int, float], partitions: int, now: float) -> Finding:
    """`marks`: up to when each partition was read, in Unix seconds; of one that is being filled none."""
    if partitions in marks:
        do = "set TIERING_PARTITIONS to what the topics have; were they made anew, `redis-cli DEL` the read-model:* keys"
        return fail(CHECK, f"partition {partitions} was read too, and TIERING_PARTITIONS is {partitions}", do)
    if filling := set(range(partitions)) - set(marks):
        return warn(CHECK, f"{numbers(filling)} being filled: nobody who is in there can be looked up yet", _RUNS)
    age = max(0.0, now - min(marks.values()))
    said = f"complete up to {duration(age)} ago"
    return ok(CHECK, said) if age <= LATE else (fail if age > VERY_LATE else warn)(CHECK, said, _RUNS)
