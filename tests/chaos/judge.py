"""The judge: reads the input and the log back, and says whether all that the service wrote is what it must be."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

from aiokafka.errors import KafkaError

from schemas import topics
from service.settings import Settings
from tests.chaos import came_out, kept
from tests.chaos.asked import ask
from tests.chaos.reading import records
from tests.chaos.recount import Recount, rebuilt
from tests.chaos.verdict import Verdict
from tests.chaos.watch import Watch
from tests.chaos.went_in import compare_input

REST_SECONDS = 150.0
ASKED = 4
"""Customers whom the oracle asks every day."""


async def at_rest(settings: Settings) -> bool:
    """Whether all that was sent is dealt with, up to the last review and to Redis."""
    if any([await Watch(settings, role).waits() for role in ("intake", "customers")]):
        return False
    for number, stored in (await kept.rows(settings)).items():
        partition = rebuilt(number, stored, settings.time)
        if partition.due or partition.pending_profiles:
            return False
    return await kept.in_redis(settings) == await kept.profiles(settings)


async def until_rest(settings: Settings, verdict: Verdict) -> float:
    """Wait for it; how many seconds that took."""
    began = time.monotonic()
    while time.monotonic() - began < REST_SECONDS:
        with suppress(KafkaError, OSError):
            if await at_rest(settings):
                return time.monotonic() - began
        await asyncio.sleep(1)
    verdict.find("not at rest", f"{REST_SECONDS:.0f} s after the last event")
    return REST_SECONDS


async def judge(settings: Settings, policy: str, verdict: Verdict, jumps: timedelta = timedelta(0)) -> None:
    """Read everything back and compare. The deployment must have been at rest; `jumps`: of intake's clock, at most."""
    log = await records(settings.kafka, [settings.topic(topics.CUSTOMER_ACTIVITY)])
    await compare_input(settings, policy, log, jumps, verdict)
    recount = Recount(log, settings.time)
    await came_out.compare_letters(settings, recount.letters, verdict)
    committed = await came_out.announcements(settings)
    came_out.compare_announcements(recount.said, came_out.by_topic(settings, committed), verdict)
    uncommitted = await came_out.announcements(settings, "read_uncommitted")
    came_out.compare_repeats(committed, uncommitted, verdict)
    published = await kept.profiles(settings)
    kept.compare_rows(recount, await kept.rows(settings), published, verdict)
    kept.compare_redis(await kept.in_redis(settings), published, verdict)
    if settings.time == "events":
        ask(policy, log, recount, verdict, ASKED)
    verdict.count("customers", sum(partition.customers for partition in recount.partitions.values()))
    verdict.count("announcements", len(committed))
    verdict.count("announcements seen again uncommitted", len(uncommitted) - len(committed))
    verdict.count("dead letters of customers", len(recount.letters))
