"""Release from quarantine: the customer's row made anew from the log, and sent into it.

Whatever put him there, a damaged row or events that could not be folded: the log has all his events, those too that became
dead letters since. What differs from what was published is announced when the worker takes the row.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from schemas import codec, topics
from schemas.control import CustomerReleased, Release
from service import quarantine
from service.activity_log import look
from service.domain.policy_file import parse_policy
from service.faust_safe.reader import Reader
from service.faust_safe.sending import PRODUCER
from service.rebuild.partition import RebuiltPartition, first_row
from service.rows.partition_row import key_of
from service.settings import Settings

Seen = Callable[[int, int], None]
"""Is told how far the log has been read: (offset, end)."""


class StillFails(Exception):
    """The customer's events can't be folded by this version of the service either; the message says why."""


class Remade(NamedTuple):
    """What takes the place of a row, made anew from a partition of the log that was read up to `end`."""

    partition: int
    end: int
    release: Release


async def remade(reader: Reader, settings: Settings, customer_id: str, partition: int, seen: Seen) -> Remade:
    """The customer's row as it would be had nothing gone wrong. StillFails; Refusal when the log can't be read."""
    key = customer_id.encode()
    log = await look(reader, settings.topic(topics.CUSTOMER_ACTIVITY), partition)
    known = [parse_policy(each.data.text) for each in log.policies]
    first = first_row(log.log_id, log.begins_under).encode()
    made = RebuiltPartition(partition, {key_of(partition): first}, known, settings.time)
    async for records in reader.batches(log.topic, partition, made.next, log.end):
        for record in records:
            if record.key is None or record.key == key:
                made.apply([record])
            else:
                made.pass_by(record)
        seen(made.next, log.end)
    while made.due:
        made.catch_up(100)
    if quarantine.is_quarantined(row := made.stored.get(key, b"")):
        raise StillFails(quarantine.decode(row).reason)
    published = await reader.newest(settings.topic(topics.CUSTOMER_PROFILES), partition, key)
    return Remade(partition, log.end, made.release_of(key, published))


async def send(settings: Settings, customer_id: str, made: Remade) -> int:
    """Write the row into the log; the offset that it has there. KafkaError."""
    event = CustomerReleased(
        id=f"release:{customer_id}:{made.end}",
        source="/tiering",
        subject=customer_id,
        time=datetime.now(UTC),
        data=made.release,
    )
    async with settings.cluster.producer(enable_idempotence=True, **PRODUCER) as producer:
        topic = settings.topic(topics.CUSTOMER_ACTIVITY)
        sent = await producer.send_and_wait(topic, codec.encode_control(event), partition=made.partition)
    return int(sent.offset)
