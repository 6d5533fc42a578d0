"""Whether the changelog was really compacted under the workers' feet: else a run with a cleaner shows nothing."""

import asyncio
import time

from schemas import topics
from service.settings import Settings
from tests.chaos.reading import records
from tests.chaos.verdict import Verdict

QUICK = {"segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01", "max.compaction.lag.ms": "1000"}
"""The changelog's settings for it (the broker's are in `servers.py`)."""
SECONDS = 20.0


async def compare_cleaned(settings: Settings, verdict: Verdict) -> None:
    """Most records must be gone: the newest of each key are few."""
    deadline = time.monotonic() + SECONDS
    while True:
        left = await records(settings.kafka, [settings.topic(topics.CHANGELOG)])
        written = sum({record.partition: record.offset + 1 for record in left}.values())
        if len(left) < written / 2 or time.monotonic() > deadline:
            break
        await asyncio.sleep(1)
    verdict.count("changelog offsets written", written)
    verdict.count("changelog records left by the cleaner", len(left))
    if len(left) >= written / 2:
        verdict.find("the changelog was not compacted", f"{len(left)} of {written}")
