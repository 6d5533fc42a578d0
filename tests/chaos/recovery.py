"""How fast a worker recovers: the rows of a run many times over, then a fresh worker."""

import asyncio
import re
import time

from aiokafka import AIOKafkaProducer

from schemas import topics
from service.faust_safe.sending import PRODUCER, Outgoing, all_written, send_all
from tests.chaos import kept
from tests.chaos.fleet import Worker
from tests.chaos.scene import Scene
from tests.chaos.verdict import Verdict

ROWS = 200_000
SECONDS = 120.0
_RECOVERED = re.compile(r"recovered (\d+) rows in ([\d.]+) s")


async def measure_recovery(scene: Scene, verdict: Verdict) -> None:
    """Multiply the rows of a deployment whose workers have ended, start one worker, and read what it tells."""
    size = await _multiply(scene)
    worker = Worker("customers", 9, scene.settings, scene.directory)
    worker.start()
    try:
        match = await _told(worker)
    finally:
        worker.end()
    if match is None:
        verdict.find("not recovered", f"within {SECONDS:.0f} s")
        return
    rows, seconds = int(match[1]), float(match[2])
    verdict.count("rows recovered", rows)
    verdict.count("bytes a row", size)
    verdict.count("rows recovered a second", int(rows / seconds))


async def _multiply(scene: Scene) -> int:
    """Each row under many keys, as one after the other; bytes of a row."""
    table = await kept.rows(scene.settings)
    known = [(number, row) for number, stored in table.items() for key, row in stored.items() if key[:1] != b"\0"]
    producer = AIOKafkaProducer(bootstrap_servers=scene.settings.kafka, **PRODUCER)
    await producer.start()
    changelog, written, size = scene.settings.topic(topics.CHANGELOG), 0, 0
    while written < ROWS:
        copies = [Outgoing(changelog, number, b"m-%d-%d" % (written, place), row) for place, (number, row) in enumerate(known)]
        await all_written(await send_all(producer, copies))
        written, size = written + len(copies), size + sum(len(row) for _, row in known)
    await producer.stop()
    return size // written


async def _told(worker: Worker) -> re.Match[str] | None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if match := _RECOVERED.search(worker.log.read_text(errors="replace")):
            return match
        await asyncio.sleep(0.2)
    return None
