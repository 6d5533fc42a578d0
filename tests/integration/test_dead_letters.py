"""Every kind of bad record amid good traffic: one dead letter each, untouched, and the partition goes on."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from schemas import topics
from schemas.dead_letters import Code
from service.read_model import ReadModel
from tests import builders
from tests.integration.conftest import POLICY, Deployment, until

pytestmark = pytest.mark.integration

GOOD = builders.order(100, 1_000, id="good")
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


def with_data(**changes: object) -> bytes:
    """The good order with other data."""
    event = json.loads(builders.order(100, 1_000, id="bad"))
    event["data"].update(changes)
    return json.dumps(event).encode()


AT_INTAKE = [
    (b"", Code.MALFORMED_JSON),
    (b"{", Code.MALFORMED_JSON),
    (b"\xff\xfe", Code.MALFORMED_JSON),
    (b"[" * 100_000, Code.MALFORMED_JSON),
    (GOOD.replace(b"1000", b"NaN"), Code.MALFORMED_JSON),
    (GOOD.replace(b"c-1", b"\\ud800"), Code.MALFORMED_JSON),
    (GOOD.replace(b"order.paid", b"order.eaten"), Code.UNKNOWN_TYPE),
    (GOOD.replace(b'"id"', b'"it"'), Code.MISSING_FIELD),
    (builders.refund(100, 5, id="nobody").replace(b'"c-1"', b"null"), Code.MISSING_SUBJECT),
    (with_data(amount_minor=10**40), Code.INVALID_FIELD),
    (with_data(amount_minor="12"), Code.INVALID_FIELD),
    (GOOD.replace(b"2024-04-10", b"2024-02-30"), Code.INVALID_FIELD),
    (with_data(currency="XXX"), Code.UNKNOWN_CURRENCY),
    (with_data(channel="x" * 300_000), Code.TOO_LARGE),
    (with_data(channel="x" * 1_000_000), Code.TOO_LARGE),
    (json.dumps({**json.loads(GOOD), "time": TOMORROW}).encode(), Code.FUTURE_EVENT),
]


async def letters(deployment: Deployment, topic: str, count: int) -> list[tuple[str, bytes | None, bytes | None, list[str]]]:
    """(code, key, value, names of headers) of the first `count` dead letters of a topic, in the order of their offsets there."""
    name = deployment.settings.topic(topics.dead_letter_topic(topic))
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=deployment.settings.kafka, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[tuple[int, str, bytes | None, bytes | None, list[str]]] = []

    async def enough() -> bool:
        for records in (await consumer.getmany(timeout_ms=100)).values():
            for record in records:
                headers = dict(record.headers)
                offset = int(headers["__streams.errors.offset"])
                code, names = headers["tiering.error.code"].decode(), [name for name, _ in record.headers]
                found.append((offset, code, record.key, record.value, names))
        return len(found) >= count

    await until(enough, 40)
    await consumer.getmany(timeout_ms=500)
    await consumer.stop()
    return [entry[1:] for entry in sorted(found)]


async def test_each_bad_record_is_one_dead_letter_and_the_rest_goes_on(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    workers = [deployment.work(role) for role in ("intake", "customers", "read-model")]
    topic = deployment.settings.topic(topics.ORDERS)
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka, max_request_size=2 << 20)
    await producer.start()
    for number, (value, _) in enumerate(AT_INTAKE):
        good = builders.order(100, 1_000, id=f"g{number}", minute=number)
        await producer.send_and_wait(topic, good, key=b"k", partition=0)
        await producer.send_and_wait(topic, value, key=b"bad-%d" % number, partition=0, headers=[("mine", b"\x00\xff")])
    await producer.stop()

    found = await letters(deployment, topics.ORDERS, len(AT_INTAKE))

    assert [code for code, *_ in found] == [str(code) for _, code in AT_INTAKE]
    assert [value for _, _, value, _ in found] == [value for value, _ in AT_INTAKE]
    assert [key for _, key, _, _ in found] == [b"bad-%d" % number for number in range(len(AT_INTAKE))]
    assert all(names[0] == "mine" for *_, names in found)
    model = ReadModel(deployment.settings)

    async def all_good_counted() -> bool:
        profile = await model.profile("c-1")
        return profile is not None and profile.totals.orders == len(AT_INTAKE)

    await until(all_good_counted, 40)
    await model.stop()
    assert [worker.poll() for worker in workers] == [None, None, None]


async def test_late_and_conflicting_events_are_dead_letters_of_the_log(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers"):
        deployment.work(role)
    topic = deployment.settings.topic(topics.ORDERS)
    producer = AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka)
    await producer.start()
    for value in (GOOD, builders.order(100, 1_001, id="good"), builders.order(-500, 1, id="late"), GOOD):
        await producer.send_and_wait(topic, value, partition=0)
    await producer.stop()

    found = await letters(deployment, topics.CUSTOMER_ACTIVITY, 2)

    assert [code for code, *_ in found] == ["conflict", "too-late"]
    assert [key for _, key, *_ in found] == [b"c-1", b"c-1"]
