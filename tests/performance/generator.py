"""The generator: Workload W into Kafka at a pace, from a process of its own; when each event was given to the producer."""

import asyncio
import sys
import time
from collections.abc import Sequence
from itertools import islice

import click
import msgspec
import orjson
from aiokafka import AIOKafkaProducer

from service.faust_safe.sending import PRODUCER, Outgoing, Sent, all_written, send_all
from service.partitioner import partition_for
from tests.performance import workload

EVENTS, CUSTOMERS = 1_000_000, 50_000
"""Of the workload that is played from."""
TICK_SECONDS = 0.005
"""What has become due is given to the producer so often, and goes out at once."""


class Played(msgspec.Struct):
    """What was sent, in order, and how late against its pace; `called` in monotonic seconds, `late` in seconds."""

    ids: list[str]
    called: list[float]
    late: list[float]


@click.command()
@click.argument("servers")
@click.argument("topic")
@click.option("--partitions", type=int, default=4)
@click.option("--intake-done", is_flag=True, help="Send what intake forwards, not what producers send.")
@click.option("--skip", type=int, default=0, help="So many events of the workload were sent before.")
@click.option("--count", type=int, required=True)
@click.option("--rate", type=float, help="Events a second; none: all at once.")
def main(servers: str, topic: str, partitions: int, intake_done: bool, skip: int, count: int, rate: float | None) -> None:
    """Send events; the account goes to stdout as JSON."""
    stream = islice(workload.orders(EVENTS, CUSTOMERS), skip, skip + count)
    out, ids = [], []
    for sent in workload.activities(stream) if intake_done else stream:
        key = sent.customer_id.encode()
        out.append(Outgoing(topic, partition_for(key, partitions), key, sent.value))
        ids.append(orjson.loads(sent.value)["id"])
    called, late = asyncio.run(play(servers, out, rate))
    sys.stdout.buffer.write(msgspec.json.encode(Played(ids, called, late)))


async def play(servers: str, out: Sequence[Outgoing], rate: float | None) -> tuple[list[float], list[float]]:
    """Send each when it is due."""
    producer = AIOKafkaProducer(bootstrap_servers=servers, **PRODUCER)
    async with producer:
        await producer.client.force_metadata_update()
        called: list[float] = []
        late: list[float] = []
        written: list[Sent] = []
        began = time.monotonic()
        while len(called) < len(out):
            now, number = time.monotonic(), len(called)
            due = min(len(out), int((now - began) * rate) + 1 if rate else len(out))
            if due > number:
                called += [now] * (due - number)
                late += [now - began - each / rate if rate else 0.0 for each in range(number, due)]
                written += await send_all(producer, out[number:due])
            await asyncio.sleep(TICK_SECONDS)
        await all_written(written)
    return called, late


if __name__ == "__main__":
    main()
