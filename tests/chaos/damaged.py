"""A damaged row: its customer is quarantined, his later records are dead letters, and nobody else notices."""

import asyncio
import time
from typing import Any

from schemas import topics
from schemas.dead_letters import Code
from service import quarantine
from tests.builders import order
from tests.chaos import kept
from tests.chaos.feed import feed
from tests.chaos.reading import records
from tests.chaos.refusals import alter_a_row
from tests.chaos.scene import Scene
from tests.chaos.traffic import Sending
from tests.chaos.verdict import Verdict

SECONDS = 40.0


async def compare_damaged(scene: Scene, verdict: Verdict) -> None:
    """Damage a row of a deployment whose workers have ended, start them again, and send an order of this customer."""
    before = _all_rows(await kept.rows(scene.settings))
    customer = await alter_a_row(scene, lambda row: row[:20] + bytes([row[20] ^ 0xFF]) + row[21:])
    scene.fleet.start()
    await feed(scene.settings, [Sending(0, topics.ORDERS, 0, order(60, 500, id="after", customer=customer))])
    try:
        if not await _quarantined(scene, customer):
            verdict.find("a damaged row is not quarantined", customer)
        after = _all_rows(await kept.rows(scene.settings))
        if not quarantine.is_quarantined(after[customer.encode()]):
            verdict.find("a damaged row is not marked", after[customer.encode()])
        changed = {key for key in before if before[key] != after.get(key) and key[:1] != b"\0"} - {customer.encode()}
        for key in changed:
            verdict.find("another row has changed", key)
        ended = [str(worker) for worker in scene.fleet.workers if worker.ended_at is not None]
        for name in ended:
            verdict.find("a worker has ended", name)
    finally:
        await scene.fleet.stop()


async def _quarantined(scene: Scene, customer: str) -> bool:
    name = scene.settings.topic(topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY))
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for letter in await records(scene.settings.kafka, [name]):
            code = dict(letter.headers)["tiering.error.code"].decode()
            if letter.key == customer.encode() and code == Code.CUSTOMER_QUARANTINED:
                return True
        await asyncio.sleep(1)
    return False


def _all_rows(table: Any) -> dict[bytes, bytes]:
    return {key: row for stored in table.values() for key, row in stored.items()}
