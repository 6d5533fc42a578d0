"""Lag: how many records wait for a role, and since when the oldest of them does."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from schemas import topics
from service import spans
from service.doctor.brokers import NOT_COORDINATOR
from service.doctor.finding import Finding, Skipped, Status, counted, fail, ok, several, warn
from service.doctor.scene import CUSTOMERS, INTAKE, READS, Scene
from service.faust_safe.requests import OffsetFetchRequest
from service.spans import Span

CHECK = "lag"
LATE, VERY_LATE = 5.0, 60.0
"""Seconds: the first is what is promised, the second what somebody is called for."""
BEYOND = {
    INTAKE: "the topic was made anew: if nothing is forwarded restart the workers of intake, which then begin at its beginning",
    CUSTOMERS: "run `tiering rebuild`",
    "read-model": "the topic was made anew, or Redis is another deployment's: `redis-cli DEL` the read-model:next:* keys of this"
    " TIERING_TOPIC_PREFIX, and it is filled anew",
}


class Place(NamedTuple):
    """A partition: where a role reads on (None: it never read), its bounds, and the time of the first record that waits."""

    topic: str
    number: int
    position: int | None
    first: int
    end: int
    oldest: float | None = None
    """Unix seconds; None: nothing waits."""

    @property
    def waiting(self) -> int:
        """Records, at most: what was compacted away or aborted is counted too."""
        return 0 if self.oldest is None else self.end - max(self.first, self.position or 0)

    def __str__(self) -> str:
        return f"{self.topic}-{self.number}"


async def look(scene: Scene) -> list[Finding]:
    """Of all roles."""
    findings = []
    for role in scene.roles:
        try:
            findings.append(judge(role, await _places(scene, role), time.time()))
        except Skipped as why:
            findings.append(Finding(f"{CHECK}: {role}", Status.SKIPPED, str(why)))
        except TopicAuthorizationFailedError:
            findings.append(Finding(f"{CHECK}: {role}", Status.SKIPPED, "this user may not read what waits (see rights)"))
    return findings


def judge(role: str, places: Sequence[Place], now: float) -> Finding:
    """What was lost first, then what waits."""
    check = f"{CHECK}: {role}"
    lost = [each for each in places if each.position is not None and each.position < each.first]
    if lost and role != "read-model":  # profiles are compacted: what is gone was replaced
        gone = sum(each.first - (each.position or 0) for each in lost)
        do = "send them again from their source (repeats change nothing); give the topic a longer retention.ms"
        return fail(check, f"{gone:,} records of {several(lost)} were deleted before they were read", do)
    if beyond := [each for each in places if (each.position or 0) > each.end]:
        place = beyond[0]
        return fail(check, f"{several(beyond)}: it stands at {place.position}, and the end is {place.end}", BEYOND[role])
    waiting = sum(each.waiting for each in places)
    if not waiting:
        return ok(check, "nothing waits")
    age = max(0.0, now - min(each.oldest for each in places if each.oldest is not None))
    said = f"{'at most ' * (role == 'read-model')}{counted(waiting, 'record')} waiting, the oldest for {duration(age)}"
    if age <= LATE:
        return ok(check, said)
    do = f"see workers: {role}; if they run and it does not fall, look into their log, or start more (up to one a partition)"
    return (fail if age > VERY_LATE else warn)(check, said, do)


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 5 min, 3.2 h, 2.0 days."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    for size, name, digits in ((60, "s", 0), (3_600, "min", 0), (86_400, "h", 1)):
        if seconds < size * 2 or (name != "s" and seconds < size):
            return f"{seconds / {'s': 1, 'min': 60, 'h': 3_600}[name]:,.{digits}f} {name}"
    return f"{seconds / 86_400:,.1f} days"


async def _places(scene: Scene, role: str) -> list[Place]:
    parts = {name: scene.partitions(name) for name in READS[role]}
    positions = await _positions(scene, role, parts)
    async with spans.consumer(scene.settings) as source:
        whole = [
            span for name, numbers in parts.items() for span in await spans.whole(source, scene.settings.topic(name), numbers)
        ]
        places = [Place(*span[:2], positions.get(span[:2]), span.start, span.end) for span in whole]
        left = [Span(each.topic, each.number, max(each.first, each.position or 0), each.end) for each in places]
        oldest = await _first_of_each(source, [span for span in left if span.start < span.end])
    return [each._replace(oldest=oldest.get((each.topic, each.number))) for each in places]


async def _positions(scene: Scene, role: str, parts: Mapping[str, Iterable[int]]) -> dict[tuple[str, int], int]:
    """Where a role reads on, by topic and partition."""
    if role == INTAKE:
        return await _committed(scene, role, parts)
    if role == CUSTOMERS:
        scene.log_partitions(topics.CHANGELOG)
        if not scene.logs:
            raise Skipped("no partition's row can be read")
        return {(scene.settings.topic(topics.CUSTOMER_ACTIVITY), number): seen.row.next for number, seen in scene.logs.items()}
    if scene.redis is None:
        raise Skipped("Redis is not reachable")
    numbers = list(parts[topics.CUSTOMER_PROFILES])
    keys = [f"{scene.settings.topic_prefix}read-model:next:{number}" for number in numbers]
    told = await scene.redis.mget(keys)
    profiles = scene.settings.topic(topics.CUSTOMER_PROFILES)
    return {(profiles, number): int(at) for number, at in zip(numbers, told, strict=True) if at is not None}


async def _committed(scene: Scene, role: str, parts: Mapping[str, Iterable[int]]) -> dict[tuple[str, int], int]:
    wanted = [(scene.settings.topic(name), list(numbers)) for name, numbers in parts.items()]
    async for told in scene.brokers.each(OffsetFetchRequest(scene.settings.group(role), wanted)):
        if not told.error_code:
            return {
                (name, number): offset
                for name, numbers in told.topics
                for number, offset, _, code in numbers
                if offset >= 0 == code
            }
        if told.error_code not in NOT_COORDINATOR:
            raise Skipped(f"we may not see how far the group {scene.settings.group(role)} is (Kafka's error {told.error_code})")
    return {}


async def _first_of_each(source: Any, waiting: Sequence[Span]) -> dict[tuple[str, int], float]:
    """The timestamp of the first committed record of each, in Unix seconds."""
    found: dict[tuple[str, int], float] = {}
    async with aclosing(spans.records(source, waiting)) as records:
        async for record in records:
            if (place := (record.topic, record.partition)) not in found:
                found[place] = record.timestamp / 1000
                source.pause(TopicPartition(*place))
            if len(found) == len(waiting):
                break
    return found
