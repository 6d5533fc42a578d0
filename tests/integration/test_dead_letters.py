"""Poison amid good traffic on real Kafka: each bad record becomes one dead letter as it came, and the partition goes on."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas import codec, topics
from service.settings import Settings
from service.stored_profiles import StoredProfiles
from tests.builders import event, order, refund
from tests.integration.conftest import POLICY, Deployment, until

OWN_HEADERS = [("trace", b"\x00\xff"), ("trace", b"again"), ("empty", b"")]
GOOD = [order(day, 500, id=f"good-{day}") for day in range(40)]
pytestmark = pytest.mark.integration


def changed(value: bytes, **fields: Any) -> bytes:
    """An event with other envelope fields; None takes one away."""
    envelope = {**json.loads(value), **fields}
    return json.dumps({name: field for name, field in envelope.items() if field is not None}).encode()


def later() -> str:
    """Two hours from now."""
    return (datetime.now(UTC) + timedelta(hours=2)).isoformat()


REFUSED_BY_INTAKE: list[tuple[str, bytes | None]] = [
    ("malformed-json", b'{"specversion":"1.0",'),
    ("malformed-json", b""),
    ("malformed-json", None),
    ("malformed-json", b"[" * 100_000),
    ("malformed-json", order(1, 1, id="nan").replace(b'"amount_minor": 1', b'"amount_minor": NaN')),
    ("malformed-json", order(1, 1, id="surrogate").replace(b"c-1", b"\xed\xa0\x80")),
    ("malformed-json", order(1, 1, id="surrogate").replace(b"c-1", b"\\ud800")),
    ("too-large", order(1, 1, id="large") + b" " * (300 * 1024)),
    ("too-large", b"x" * 3_000_000),
    ("unknown-type", event("order.lost.v1", {}, day=1, id="type")),
    ("missing-subject", changed(refund(1, 1, id="nobody"), subject=None)),
    ("unknown-currency", order(1, 1, id="euro").replace(b"USD", b"EUR")),
    ("future-event", changed(order(1, 1, id="future"), time=later())),
]
REFUSED_BY_CUSTOMERS: list[tuple[str, bytes]] = [
    ("too-late", changed(order(1, 1, id="late"), time="2001-01-01T00:00:00Z")),
    ("conflict", order(0, 501, id="good-0")),
]


async def send(settings: Settings, values: Sequence[tuple[bytes | None, bytes]]) -> None:
    """Send (value, key) to one partition of the orders topic, all with headers of their own; compressed, as many do."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, max_request_size=4 << 20, compression_type="gzip")
    await producer.start()
    for value, key in values:
        await producer.send_and_wait(settings.topic(topics.ORDERS), value, key=key, partition=0, headers=OWN_HEADERS)
    await producer.stop()


async def letters(settings: Settings, name: str, count: int) -> list[Any]:
    """All records of a dead-letter topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, isolation_level="read_committed")
    await consumer.start()
    topic = settings.topic(topics.dead_letter_topic(name))
    tps = [TopicPartition(topic, number) for number in range(count)]
    consumer.assign(tps)
    await consumer.seek_to_beginning(*tps)
    end, found = await consumer.end_offsets(tps), []
    while any([await consumer.position(tp) < end[tp] for tp in tps]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            found += records
    await consumer.stop()
    return found


def code_of(letter: Any) -> str:
    """Why a record was refused."""
    return str(dict(letter.headers)["tiering.error.code"].decode())


async def test_each_bad_record_becomes_one_dead_letter_and_the_partition_goes_on(deployment: Deployment) -> None:
    settings = deployment.settings
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    bad = [*REFUSED_BY_INTAKE, *REFUSED_BY_CUSTOMERS]
    sent: list[tuple[bytes | None, bytes]] = []
    for number, good in enumerate(GOOD):
        sent.append((good, b"store"))
        sent += [(value, f"key-{number}".encode()) for _, value in bad[number : number + 1]]
    await send(settings, sent)
    model = StoredProfiles(settings)

    async def all_good_ones_counted() -> bool:
        profile = await model.profile("c-1")
        return profile is not None and profile.totals.orders == len(GOOD)

    await until(all_good_ones_counted, 25)
    await model.stop()

    by_intake = sorted(await letters(settings, topics.ORDERS, 4), key=lambda letter: int(letter.key[4:]))
    expected = [(code, value, f"key-{number}".encode()) for number, (code, value) in enumerate(REFUSED_BY_INTAKE)]
    assert [(code_of(letter), letter.value, letter.key) for letter in by_intake] == expected
    for letter in by_intake:
        assert list(letter.headers)[: len(OWN_HEADERS)] == OWN_HEADERS
        place = dict(letter.headers)
        assert place["__streams.errors.topic"].decode() == settings.topic(topics.ORDERS)
        assert sent[int(place["__streams.errors.offset"])] == (letter.value, letter.key)

    by_customers = await letters(settings, topics.CUSTOMER_ACTIVITY, settings.partitions)
    activities = [(code, codec.encode_activity(codec.decode_event(value)), b"c-1") for code, value in REFUSED_BY_CUSTOMERS]
    assert [(code_of(letter), letter.value, letter.key) for letter in by_customers] == activities
    assert all(worker.poll() is None for worker in deployment.workers)
