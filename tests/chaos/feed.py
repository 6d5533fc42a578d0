"""Sends a run's traffic at its pace, whatever happens to the servers."""

import asyncio
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from service.settings import Settings
from tests.chaos.traffic import Sending

PATIENCE_MS = 180_000
"""For Kafka to be back."""


async def feed(settings: Settings, sendings: Sequence[Sending]) -> int:
    """Send all; how many Kafka has taken. What it has not taken is not in the input, and the judge never asks for it."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka,
        linger_ms=5,
        enable_idempotence=True,
        max_request_size=4 << 20,
        compression_type="gzip",
        request_timeout_ms=PATIENCE_MS,
    )
    await producer.start()
    began, sent = time.monotonic(), []
    try:
        for sending in sendings:
            ahead = sending.second - (time.monotonic() - began)
            if ahead > 0:
                await asyncio.sleep(ahead)
            topic = settings.topic(sending.topic)
            at = int((time.time() + sending.ahead * 3600) * 1000)
            sent.append(await producer.send(topic, sending.value, key=b"till", partition=sending.partition, timestamp_ms=at))
        results = await asyncio.gather(*sent, return_exceptions=True)
    finally:
        await producer.stop()
    return sum(not isinstance(result, BaseException) for result in results)
