"""The customers: how many are in quarantine, and whether reviews are due that nobody makes, by their rows.

Only so much is read as a few seconds allow, the newest rows first: of a large deployment a part, and that is said.
"""

import asyncio
import struct
import time
from collections.abc import Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from schemas import topics
from service import quarantine, spans
from service.agreement import Seen
from service.doctor.finding import Finding, Skipped, counted, fail, ok, several, warn
from service.doctor.policies import newest
from service.doctor.scene import Scene
from service.domain.calendar import business_day
from service.domain.policy import Frame
from service.partition_clock import PartitionClock
from service.partition_names import numbers
from service.rows import customer_row

QUARANTINE, REVIEWS = "quarantine", "reviews"
MOST = 50_000
"""Records of a partition of the changelog."""
SECONDS = 3.0
_SPARE_MINUTES = 15
"""After midnight has settled the clocks tick within seconds, and the reviews are made within minutes."""


class Census(NamedTuple):
    """What the rows say: by partition how many there are of which kind."""

    seen: int
    """Customers whose newest row was seen."""
    whole: bool
    """All rows were."""
    quarantined: list[str]
    due: Mapping[int, int]
    """By partition: how many are due on the day that its clock has reached, or before."""


async def look(scene: Scene) -> list[Finding]:
    """Read the newest rows."""
    scene.log_partitions(topics.CHANGELOG)
    if not scene.logs:
        raise Skipped("no partition's row can be read")
    policy = newest(scene.logs)
    if policy is None:
        raise Skipped("there is no policy")
    days = {number: _reached(seen, policy.frame) for number, seen in scene.logs.items()}
    census = await _census(scene, days)
    wall = scene.settings.time == "wall"
    today = business_day(
        datetime.fromtimestamp(time.time() - 60 * (policy.frame.settle_minutes + _SPARE_MINUTES), UTC), policy.frame.zone
    )
    return [judge_quarantine(census), judge_reviews(census, days, today if wall else None)]


def judge_quarantine(census: Census) -> Finding:
    """Nothing is done with them until somebody looks."""
    if census.quarantined:
        do = "`tiering customers show ID` says why; when it is mended `tiering customers release ID`"
        return warn(
            QUARANTINE, f"{counted(len(census.quarantined), 'customer')}: {several(census.quarantined)}{_part(census)}", do
        )
    return ok(QUARANTINE, f"none of {counted(census.seen, 'customer')}{_part(census)}")


def judge_reviews(census: Census, days: Mapping[int, int | None], today: int | None) -> Finding:
    """`days`: what each partition's clock has reached; `today`: what it should have, None in events time."""
    behind = {number: day for number, day in days.items() if day is not None and today is not None and day < today}
    due = sum(census.due.values())
    if behind:
        do = "see workers: customers (they tick the clock after midnight and settle_minutes), and clock"
        days_late = (today or 0) - min(behind.values())
        return fail(REVIEWS, f"the clock of {numbers(behind)} stands {counted(days_late, 'day')} back", do)
    if due:
        do = "see workers: customers and lag: customers; reviews are made when no records wait, ask again in some minutes"
        return warn(
            REVIEWS,
            f"{counted(due, 'customer')} due, in {numbers(n for n, count in census.due.items() if count)}{_part(census)}",
            do,
        )
    unknown = [number for number, day in days.items() if day is None]
    if len(unknown) == len(days):
        return ok(REVIEWS, "no time has passed yet")
    return ok(REVIEWS, f"none is due{_part(census)}")


def _part(census: Census) -> str:
    return "" if census.whole else f" (by {census.seen:,} of the newest rows; the metrics of the workers count all)"


def _reached(seen: Seen, frame: Frame) -> int | None:
    if seen.row.clock is None:
        return None
    clock = PartitionClock(seen.row.clock)
    clock.set_frame(frame)
    return clock.day


async def _census(scene: Scene, days: Mapping[int, int | None]) -> Census:
    changelog = scene.settings.topic(topics.CHANGELOG)
    newest_rows: dict[bytes, tuple[int, int | None]] = {}
    whole = True
    async with spans.consumer(scene.settings) as source:
        found = await spans.whole(source, changelog, days)
        tails = [span._replace(start=max(span.start, span.end - MOST)) for span in found]
        whole = tails == found
        try:
            async with asyncio.timeout(SECONDS), aclosing(spans.records(source, tails)) as records:
                async for record in records:
                    take(newest_rows, record)
        except TimeoutError:
            whole = False
    quarantined = sorted(key.decode(errors="replace") for key, (_, due) in newest_rows.items() if due is None)
    late = dict.fromkeys(days, 0)
    for number, due in newest_rows.values():
        reached = days[number]
        late[number] += due is not None and reached is not None and due <= reached
    return Census(len(newest_rows), whole, quarantined, late)


def take(newest_rows: dict[bytes, tuple[int, int | None]], record: Any) -> None:
    """The due day of a customer's row, None in quarantine; an erased one is none any more."""
    if record.key is None or record.key[:1] == b"\0":
        return
    newest_rows.pop(record.key, None)
    if record.value is not None:
        with suppress(struct.error, IndexError):  # a damaged row: its next use quarantines him
            in_quarantine = quarantine.is_quarantined(record.value)
            newest_rows[record.key] = record.partition, None if in_quarantine else customer_row.due_of(record.value)
