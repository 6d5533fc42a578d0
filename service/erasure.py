"""Erasure: a record in the customer's partition of the log; where the log is read he is forgotten there.

His row goes (a tombstone in the changelog), his profile is taken back (a null value, which empties Redis of him too), he leaves
quarantine and waits for nothing. What was due before is announced, the erasure is not. All that is one transaction with the rest
of its batch, and a rebuild finds the erasure in the log at its place.

What happened up to the erasure, by the events' own time, and is read after it is passed over: an event of a till that was
offline, one that intake forwards again, a dead letter that is sent back, a backfill. An event of later enrols him anew (also one
whose till's clock was ahead, when it comes again), as a customer of whom nothing is known, but for one thing: his announcements
are numbered on from those that were made to him before.
Consumers drop what has an id (`<customer>:<sequence>`) or a sequence that they have seen, so to begin with 1 again would keep
his new standing from them, and an id would have named two things. So a digest of his id is kept, with that number and the time
(`erasures`): the least that keeps both promises. The number travels in the record, too: after a rebuild the log alone may not
know it. An erasure that is repeated changes nothing.
"""

import asyncio
import time
from datetime import UTC, datetime

import msgspec

from schemas import codec, topics
from schemas.control import CustomerErased, Erasure
from service import erasures
from service.faust_safe.reader import Reader
from service.faust_safe.sending import PRODUCER
from service.rows import partition_row
from service.rows.partition_row import key_of
from service.settings import Settings

_PAUSE = 0.2


async def published_sequence(reader: Reader, settings: Settings, customer_id: str, partition: int) -> int | None:
    """The sequence of a customer's published profile, 0 when it can't be read; None: there is none."""
    value = await reader.newest(settings.topic(topics.CUSTOMER_PROFILES), partition, customer_id.encode())
    if value is None:
        return None
    try:
        return codec.decode_profile(value).data.sequence
    except msgspec.MsgspecError:
        return 0


async def send(settings: Settings, customer_id: str, partition: int, sequence: int) -> int:
    """Write the erasure into the log; the offset that it has there. `sequence`: of his published profile. KafkaError."""
    now = datetime.now(UTC)
    event = CustomerErased(
        id=f"erase:{customer_id}:{now.isoformat()}",
        source="/tiering",
        subject=customer_id,
        time=now,
        data=Erasure(sequence=sequence),
    )
    async with settings.cluster.producer(enable_idempotence=True, **PRODUCER) as producer:
        topic = settings.topic(topics.CUSTOMER_ACTIVITY)
        sent = await producer.send_and_wait(topic, codec.encode_control(event), partition=partition)
    return int(sent.offset)


async def was_obeyed(
    reader: Reader, settings: Settings, customer_id: str, partition: int, offset: int, seconds: float
) -> bool | None:
    """Whether the workers have erased him; None: within so many seconds none has read so far.

    False: one has, and does not know of erasures: it is of a version before them.
    """
    changelog, deadline = settings.topic(topics.CHANGELOG), time.monotonic() + seconds
    while partition_row.read(partition, await reader.newest(changelog, partition, key_of(partition))).next <= offset:
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(_PAUSE)
    return await reader.newest(changelog, partition, erasures.key_of(customer_id.encode())) is not None
