"""A log written in one go, and a worker of the customers role without Faust: the same partition, the same transactions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas import topics
from service.demo.journey import Sent
from service.effects import Effects
from service.faust_safe.reader import Reader
from service.faust_safe.sending import PRODUCER, Outgoing, all_written, send_all
from service.faust_safe.table import Part
from service.faust_safe.transaction import Transactions
from service.intake import Forward, intake
from service.outgoing import outgoing
from service.partition import Partition
from service.partitioner import partition_for
from service.settings import Settings

BATCH = 500


async def write_log(settings: Settings, events: Sequence[Sent]) -> None:
    """What intake makes of events."""
    log, now = settings.topic(topics.CUSTOMER_ACTIVITY), datetime.now(UTC)
    out = []
    for event in events:
        taken = intake(event.value, (), now=now, currency="USD")
        assert isinstance(taken, Forward)
        key = taken.customer_id.encode()
        out.append(Outgoing(log, partition_for(key, settings.partitions), key, taken.value))
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka, enable_idempotence=True, **PRODUCER) as producer:
        await all_written(await send_all(producer, out))


async def work(settings: Settings) -> None:
    """Read the log to its end, in every partition."""
    reader = Reader(settings.cluster)
    transactions = Transactions(settings.cluster, settings.group("customers"))
    for number in range(settings.partitions):
        await transactions.open([number])
        part = Part()

        def load(_: int, records: Sequence[Any], part: Part = part) -> None:
            part.load(records)

        await reader.read(settings.topic(topics.CHANGELOG), {number: 0}, load)
        await _work_on(Partition(number, part.rows, mode=settings.time), settings, reader, transactions)
    await transactions.stop()
    await reader.stop()


async def _work_on(partition: Partition, settings: Settings, reader: Reader, transactions: Transactions) -> None:
    log, number = settings.topic(topics.CUSTOMER_ACTIVITY), partition.number

    async def write(effects: Effects) -> None:
        if effects:
            rows = [Outgoing(settings.topic(topics.CHANGELOG), number, key, row) for key, row in effects.rows.items()]
            await transactions.write(number, [*outgoing(settings, number, effects), *rows], read=(log, partition.next))

    _, end = await reader.bounds(log, number)
    async for records in reader.batches(log, number, partition.next, end):
        for at in range(0, len(records), BATCH):
            await write(partition.apply(records[at : at + BATCH]))
            while partition.due:
                await write(partition.catch_up(BATCH))
    while partition.pending_profiles:
        await write(partition.publish_profiles(BATCH))
