"""The log and the rows: one log, its beginning there, and the rows made from it (what a worker asks before it begins)."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from schemas import topics
from schemas.control import PolicyActivated
from service import agreement, spans
from service.activity_log import activation_of
from service.agreement import Seen
from service.doctor import own_rows
from service.doctor.finding import Finding, counted, fail, ok
from service.doctor.own_rows import OwnRows
from service.doctor.scene import Scene
from service.partition_names import numbers
from service.settings import Settings

CHECK = "log"


async def look(scene: Scene) -> list[Finding]:
    """Bounds and first record of every partition, and the rows beside them."""
    partitions = scene.log_partitions(topics.CHANGELOG, topics.CUSTOMER_PROFILES)
    async with spans.consumer(scene.settings) as source:
        scene.rows = await own_rows.read(scene.settings, source, partitions)
        scene.logs = await _seen(scene, source, scene.rows)
    return judge(scene.settings, scene.rows.damaged, scene.logs)


def judge(settings: Settings, damaged: Sequence[str], logs: Mapping[int, Seen]) -> list[Finding]:
    """A line for each way in which partitions disagree."""
    findings = [_said(why) for why in damaged]
    ids = {seen.begins.data.log_id for seen in logs.values() if seen.begins is not None}
    if len(ids) > 1:
        do = "make the log anew under another TIERING_TOPIC_PREFIX, and fill it with `tiering backfill`"
        findings.append(fail(CHECK, f"its partitions are of {len(ids)} different logs: one was deleted or copied", do))
    changelog = settings.topic(topics.CHANGELOG)
    whys = {number: agreement.disagreement(seen, changelog) for number, seen in logs.items()}
    for do in dict.fromkeys(why.do for why in whys.values() if why is not None):
        alike = {number: why for number, why in whys.items() if why is not None and why.do == do}
        first, *others = alike.values()
        so = f" (so or alike: {numbers(alike)})" if others else ""
        findings.append(fail(CHECK, first.what + so, do))
    findings += _other_time(settings, {number: seen.row.time for number, seen in logs.items()})
    records = sum(seen.end for seen in logs.values())
    return findings or [
        ok(
            CHECK,
            f"{counted(records, 'record')} in {counted(len(logs), 'partition')} of one log ({next(iter(ids))[:8]}), rows agree",
        )
    ]


def _said(why: str) -> Finding:
    what, _, do = why.rpartition(": ")
    return fail(CHECK, what, do)


def _other_time(settings: Settings, times: Mapping[int, str | None]) -> list[Finding]:
    others = {number: time for number, time in times.items() if time not in (None, settings.time)}
    if not others:
        return []
    time = next(iter(others.values()))
    do = f"set TIERING_TIME to {time}, or run `tiering rebuild --anew`"
    return [fail(CHECK, f"{numbers(others)}: read in {time} time so far, and TIERING_TIME is {settings.time}", do)]


async def _seen(scene: Scene, source: Any, rows: OwnRows) -> dict[int, Seen]:
    log = scene.settings.topic(topics.CUSTOMER_ACTIVITY)
    whole = {span.partition: span for span in await spans.whole(source, log, rows)}
    begins: dict[int, PolicyActivated | None] = {}
    firsts = [span._replace(end=1) for span in whole.values() if span.start == 0 < span.end]
    async for record in spans.records(source, firsts):
        begins[record.partition] = activation_of(record.value)
    published = await _published(scene, source, [number for number, row in rows.items() if row.log_id is None])
    return {
        number: Seen(
            f"{log}-{number}", number, row, whole[number].start, whole[number].end, begins.get(number), number in published
        )
        for number, row in rows.items()
    }


async def _published(scene: Scene, source: Any, partitions: Iterable[int]) -> set[int]:
    """Partitions without any row whose profiles were published."""
    profiles, changelog = scene.settings.topic(topics.CUSTOMER_PROFILES), scene.settings.topic(topics.CHANGELOG)
    candidates = list(partitions)
    return await _held(source, profiles, candidates) - await _held(source, changelog, candidates)


async def _held(source: Any, topic: str, partitions: Sequence[int]) -> set[int]:
    """Those with a committed record."""
    held: set[int] = set()
    async with aclosing(spans.records(source, await spans.whole(source, topic, partitions) if partitions else [])) as records:
        async for record in records:
            held.add(record.partition)
            if len(held) == len(partitions):
                break
    return held
