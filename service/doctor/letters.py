"""Dead letters: what was refused lately, by code."""

import time
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from aiokafka import TopicPartition

from schemas.dead_letters import CODE
from schemas.topics import CUSTOMER_ACTIVITY, INBOUND, dead_letter_topic
from service import spans
from service.doctor.finding import Finding, ok, several, warn
from service.doctor.scene import CUSTOMERS, INTAKE, READ_MODEL, Scene
from service.spans import Span

CHECK = "dead letters"
HOUR = 3_600
MOST = 5_000
"""Of a partition: more are not counted."""
_SOURCES = {INTAKE: INBOUND, CUSTOMERS: (CUSTOMER_ACTIVITY,), READ_MODEL: ()}


async def look(scene: Scene) -> list[Finding]:
    """Read the letters with a timestamp of the last hour (a letter has its record's)."""
    names = [dead_letter_topic(name) for role in scene.roles for name in _SOURCES[role]]
    parts = {scene.settings.topic(name): scene.partitions(name) for name in names}
    since, codes, more = time.time() - HOUR, Counter[str](), False
    async with spans.consumer(scene.settings) as source:
        found = await _since(source, parts, round(since * 1000))
        more = any(span.end - span.start > MOST for span in found)
        newest = [span._replace(start=max(span.start, span.end - MOST)) for span in found]
        async with aclosing(spans.records(source, newest)) as records:
            async for record in records:
                if record.timestamp >= since * 1000:
                    codes[_code(record)] += 1
    return [judge(codes, more)]


def judge(codes: Mapping[str, int], more: bool) -> Finding:
    """Any is worth a look."""
    if not codes:
        return ok(CHECK, "none in the last hour")
    said = several((f"{number:,} {code}" for code, number in Counter(codes).most_common()), most=6)
    return warn(
        CHECK, f"{'at least ' * more}{sum(codes.values()):,} in the last hour: {said}", "`tiering dead-letters list --since 1h`"
    )


async def _since(source: Any, parts: Mapping[str, range], millis: int) -> list[Span]:
    tps = {TopicPartition(topic, number): millis for topic, numbers in parts.items() for number in numbers}
    if not tps:
        return []
    starts, ends = await source.offsets_for_times(tps), await source.end_offsets(list(tps))
    return [
        Span(tp.topic, tp.partition, at.offset, ends[tp]) for tp, at in starts.items() if at is not None and at.offset < ends[tp]
    ]


def _code(record: Any) -> str:
    return next((value.decode(errors="replace") for name, value in record.headers if name == CODE and value), "no-code")
