"""What an event says is in no log line and no metric: three roles on a real Kafka, good events, poison, a quarantine, all marked.

The same run shows that the trace of an event is on what it causes.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from aiokafka import AIOKafkaProducer

from schemas import topics
from schemas.trace_context import TRACEPARENT
from service.logs import log_events
from tests import builders
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.test_complete_journey import create_inbound, read
from tests.integration.test_dead_letters import changed, code_of, later, letters
from tests.integration.test_quarantine import damage
from tests.schemas.test_trace_context import PARENT

pytestmark = pytest.mark.integration
MARK = "canary"
CUSTOMER = "canary-customer"
HEADERS = [("canary-header", b"canary-content"), (TRACEPARENT, PARENT)]


def marked(kind: str, day: int, id: str, data: dict[str, Any]) -> bytes:
    """An event with a mark in every field that may hold one."""
    event = {"specversion": "1.0", "id": f"canary-{id}", "source": "/canary/till", "type": kind, "subject": CUSTOMER}
    return json.dumps({**event, "time": builders.instant(day), "canaryextension": "canary-extension", "data": data}).encode()


def order(day: int, id: str, **more: Any) -> bytes:
    """A marked order."""
    line = {"sku": "canary-sku", "quantity": 1, "amount_minor": 500, "name": "canary name", "category": "canary category"}
    data = {"order_id": f"canary-order-{id}", "amount_minor": 500, "currency": "USD", "channel": "canary-channel"}
    rest = {"store_id": "canary-store", "coupon_ids": ["canary-coupon"], "lines": [line]}
    return marked("order.paid.v1", day, id, {**data, **rest, **more})


GOOD = {
    topics.ORDERS: [
        order(0, "1"),
        marked(
            "order.refunded.v1", 1, "r", {"refund_id": "canary-refund", "amount_minor": 5, "currency": "USD", "reason": "canary"}
        ),
    ],
    topics.APP_INTERACTIONS: [
        marked(
            "app.interaction.v1",
            1,
            "i",
            {"kind": "canary-kind", "campaign_id": "canary-campaign", "session_id": "canary-session"},
        )
    ],
    topics.FEEDBACK: [
        marked("feedback.given.v1", 1, "f", {"kind": "complaint", "complaint_id": "canary-complaint", "text": "canary free text"})
    ],
}
POISON = [
    b'{"canary": ',
    b"canary \xff\n{}",
    b"canary" * 60_000,
    order(1, "field", amount_minor="canary amount"),
    order(1, "channel", channel="canary\nchannel"),
    order(1, "euro", currency="CANARY"),
    marked("canary.happened.v1", 1, "type", {}),
    changed(order(1, "missing"), data=None),
    changed(order(1, "future"), time=later()),
    changed(order(1, "late"), time="2001-01-01T00:00:00Z"),
    order(0, "1", amount_minor=501),
]


async def send(deployment: Deployment, topic: str, values: list[bytes], headers: list[tuple[str, bytes]]) -> None:
    """Send values under a marked key."""
    async with AIOKafkaProducer(bootstrap_servers=deployment.settings.kafka) as producer:
        for value in values:
            await producer.send_and_wait(deployment.settings.topic(topic), value, key=b"canary-key", headers=headers)


async def announced(deployment: Deployment) -> list[Any]:
    """Announcements of tiers."""
    return await read(deployment, topics.TIER_CHANGES)


async def refused(deployment: Deployment) -> list[str]:
    """Why records were refused, by code."""
    found = await letters(deployment.settings, topics.ORDERS, deployment.settings.partitions)
    found += await letters(deployment.settings, topics.CUSTOMER_ACTIVITY, deployment.settings.partitions)
    return sorted(code_of(each) for each in found)


def lines(deployment: Deployment) -> Iterator[dict[str, Any]]:
    """What all workers have logged; every line is a JSON object."""
    for line in deployment.said().splitlines():
        parsed = json.loads(line)
        assert {"time", "level", "role", "event", "message"} <= parsed.keys()
        yield parsed


async def scraped(deployment: Deployment) -> str:
    """The metrics of all workers that answer."""
    found = []
    async with aiohttp.ClientSession() as session:
        for address in {each["address"] for each in lines(deployment) if each["event"] == "listening"}:
            try:
                async with session.get(f"http://{address}/metrics") as response:
                    found.append(await response.text())
            except aiohttp.ClientConnectionError:
                continue
    return "".join(found)


async def test_no_log_line_and_no_metric_says_what_an_event_says_and_traces_go_through(deployment: Deployment) -> None:
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    deployment.work("intake")
    worker = deployment.work("customers")
    deployment.work("read-model")
    await send(deployment, topics.ORDERS, GOOD[topics.ORDERS][:1], HEADERS)
    await until(lambda: announced(deployment))
    for topic, values in GOOD.items():
        await send(deployment, topic, values, HEADERS)
    await send(deployment, topics.ORDERS, POISON, HEADERS)
    codes = ["conflict", "future-event", "invalid-field", "invalid-field", "malformed-json", "malformed-json", "missing-field"]
    codes += ["too-large", "too-late", "unknown-currency", "unknown-type"]

    async def all_refused() -> bool:
        return await refused(deployment) == codes

    await until(all_refused)
    metrics = await scraped(deployment)
    worker.terminate()
    assert worker.wait(120) == 0
    await damage(deployment, CUSTOMER)
    deployment.work("customers")
    await send(deployment, topics.ORDERS, [order(2, "2")], [("tracestate", b"canary=1")])

    async def quarantined() -> bool:
        return await refused(deployment) == sorted([*codes, "customer-quarantined"])

    await until(quarantined)
    metrics += await scraped(deployment)
    deployment.stop()

    said = {each["event"] for each in lines(deployment)}
    assert {"customer-quarantined", "dead-letters", "partitions-taken", "recovery-ended", "ready", "policy-in-force"} <= said
    assert said <= {event.name for event in log_events.EVENTS} | {"library"}
    assert all(worker.returncode == 0 for worker in deployment.workers)
    assert MARK not in deployment.said().lower()
    assert "tiering_dead_letters_total" in metrics
    assert MARK not in metrics.lower()
    assert re.search(
        rf"-{topics.CUSTOMER_ACTIVITY}-\d", next(e["place"] for e in lines(deployment) if e["event"] == "customer-quarantined")
    )
    await traces_went_through(deployment)


async def traces_went_through(deployment: Deployment) -> None:
    """The log, what the first order caused, and dead letters have its trace; what came without one has none."""
    said = await announced(deployment)
    assert {dict(each.headers)[TRACEPARENT] for each in said} == {PARENT}
    log = {json.loads(each.value)["id"]: dict(each.headers) for each in await read(deployment, topics.CUSTOMER_ACTIVITY)}
    assert (log["canary-1"][TRACEPARENT], log["canary-f"][TRACEPARENT]) == (PARENT, PARENT)
    assert not {TRACEPARENT, "tracestate", "canary-header"} & log["canary-2"].keys()
    dead = await letters(deployment.settings, topics.CUSTOMER_ACTIVITY, deployment.settings.partitions)
    assert {code_of(each): dict(each.headers).get(TRACEPARENT) for each in dead} == {
        "conflict": PARENT,
        "too-late": PARENT,
        "customer-quarantined": None,
    }
