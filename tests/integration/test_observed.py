"""Workers of each role as Prometheus and the orchestrator see them, from their start over a death to their end."""

import json
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

from schemas import topics
from service.demo.journey import Sent
from service.laptop.process import free_port
from service.laptop.servers import Servers
from service.stored_profiles import StoredProfiles
from tests.integration.conftest import POLICY, Deployment, until
from tests.integration.test_complete_journey import create_inbound, send
from tests.promtool import promtool

pytestmark = pytest.mark.integration

ROLES = ("intake", "customers", "read-model")
READS = {"intake": topics.ORDERS, "customers": topics.CUSTOMER_ACTIVITY, "read-model": topics.CUSTOMER_PROFILES}
ORDERS, CUSTOMERS, REFUSED = 120, 30, 4
MOST_SERIES = 600


class Answer(NamedTuple):
    """Of a worker's ops server; status 0: nobody listens."""

    status: int
    body: str


class Observed:
    """The workers of a deployment, each with an ops server at a known address."""

    def __init__(self, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
        self.deployment, self._monkeypatch = deployment, monkeypatch
        self._http: dict[str, str] = {}

    def start(self, role: str) -> "subprocess.Popen[bytes]":
        """A worker of a role."""
        self._http[role] = f"127.0.0.1:{free_port()}"
        self._monkeypatch.setenv("TIERING_HTTP", self._http[role])
        return self.deployment.work(role)

    async def get(self, role: str, path: str) -> Answer:
        """A page of the latest worker of a role."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"http://{self._http[role]}{path}") as response:
                return Answer(response.status, await response.text())
        except aiohttp.ClientError:
            return Answer(0, "")

    async def is_ready(self, role: str) -> bool:
        """Whether it is."""
        return (await self.get(role, "/readyz")).status == 200

    async def look(self, role: str) -> Callable[..., float | None]:
        """A function of a metric's name and labels (topics without prefix): the sum of its samples, None when it has none."""
        text = (await self.get(role, "/metrics")).body
        samples = [each for family in text_string_to_metric_families(text) for each in family.samples]

        def value(name: str, topic: str | None = None, **labels: str) -> float | None:
            if topic is not None:
                labels["topic"] = self.deployment.settings.topic(topic)
            found = [each.value for each in samples if each.name == f"tiering_{name}" and labels.items() <= each.labels.items()]
            return sum(found) if found else None

        return value


@pytest_asyncio.fixture
async def observed(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Observed]:
    """One worker of each role, ready, in wall time."""
    deployment = Deployment(servers, tmp_path)
    deployment.settings = deployment.in_time("wall")
    await create_inbound(deployment)
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    workers = Observed(deployment, monkeypatch)
    for role in ROLES:
        workers.start(role)
    for role in ROLES:
        await until(lambda role=role: workers.is_ready(role))  # type: ignore[misc]
    yield workers
    deployment.stop()


def orders() -> list[Sent]:
    """Orders of this moment, a few of them without a currency."""
    return [order(number, datetime.now(UTC)) for number in range(ORDERS)]


def order(number: int, time: datetime) -> Sent:
    """One of them."""
    customer, data = f"c-{number % CUSTOMERS}", {"order_id": f"o-{number}", "amount_minor": 900, "channel": "till"}
    if number >= REFUSED:
        data["currency"] = "USD"
    head = {"specversion": "1.0", "id": f"e-{number}", "source": "/till", "type": "order.paid.v1", "subject": customer}
    return Sent(time, topics.ORDERS, customer, json.dumps({**head, "time": time.isoformat(), "data": data}).encode())


async def in_redis(observed: Observed) -> bool:
    """Whether Redis has every customer with all his orders."""
    model = StoredProfiles(observed.deployment.settings)
    try:
        return sum([profile.totals.orders async for _, profile in model.profiles()]) == ORDERS - REFUSED
    finally:
        await model.stop()


async def test_workers_are_seen_as_they_are(observed: Observed) -> None:
    await send(observed.deployment, orders())
    await until(lambda: in_redis(observed))

    await _probes_answer_and_nothing_else_does(observed)
    await _every_event_is_counted_once(observed)
    await _customers_are_counted(observed)
    for role in ROLES:
        page = (await observed.get(role, "/metrics")).body
        assert complaints(page) == ""
        assert len([line for line in page.splitlines() if not line.startswith("#")]) <= MOST_SERIES
    await _a_death_is_seen_by_who_takes_over(observed)
    await _an_end_is_told_before(observed)


def complaints(page: str) -> str:
    """What promtool says of metrics."""
    checked = subprocess.run([promtool(), "check", "metrics"], input=page, capture_output=True, text=True, check=False)
    return checked.stdout + checked.stderr


async def _probes_answer_and_nothing_else_does(observed: Observed) -> None:
    for role in ROLES:
        for path, status in (("/livez", 200), ("/readyz", 200), ("/startupz", 200), ("/", 404), ("/customers/c-1", 404)):
            assert (await observed.get(role, path)).status == status, (role, path)


async def _every_event_is_counted_once(observed: Observed) -> None:
    good = ORDERS - REFUSED
    for role, events in (("intake", ORDERS), ("customers", good)):
        value = await observed.look(role)
        assert value("freshness_seconds_count", role=role) == events
        assert value("freshness_seconds_bucket", role=role, le="60.0") == events
        assert value("clock_skew_seconds") == pytest.approx(0, abs=0.5)
    intake, customers = await observed.look("intake"), await observed.look("customers")
    assert intake("records_total", topics.ORDERS, outcome="forwarded") == good
    assert intake("dead_letters_total", topics.ORDERS, code="missing-field") == REFUSED
    assert customers("records_total", topics.CUSTOMER_ACTIVITY, outcome="applied") == good
    for role in ROLES:
        value = await observed.look(role)
        assert (value("ledger_imbalance_records"), value("ready")) == (0, 1)
        assert value("partitions", state="assigned") == value("partitions", state="ready") != 0
        assert value("rebalances_total") == 1

        async def caught_up(role: str = role) -> bool:
            value = await observed.look(role)
            return value("lag_records", READS[role]) == value("lag_seconds", READS[role]) == 0

        await until(caught_up)


async def _customers_are_counted(observed: Observed) -> None:
    async def counted() -> bool:
        value = await observed.look("customers")
        return value("rows") == value("customers", scheme="value-class") == value("customers_by_risk") == CUSTOMERS

    await until(counted)
    value = await observed.look("customers")
    assert value("customers_by_stage", stage="new") == CUSTOMERS
    assert value("tier_changes_total", scheme="value-class", direction="enrolled") == CUSTOMERS
    assert value("policy_info", policy="grocery@1") == observed.deployment.settings.partitions
    assert (value("reviews_due"), value("reviews_overdue"), value("sweep_progress_ratio")) == (0, 0, 1)
    assert value("fences_total") == value("transaction_aborts_total") == 0


async def _a_death_is_seen_by_who_takes_over(observed: Observed) -> None:
    worker = observed.deployment.workers[ROLES.index("customers")]
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    observed.start("customers")
    await until(lambda: observed.is_ready("customers"))

    async def recovered() -> bool:
        value = await observed.look("customers")
        return value("rows") == CUSTOMERS and value("ready") == 1

    await until(recovered)
    value = await observed.look("customers")
    assert value("fences_total") == observed.deployment.settings.partitions
    assert (value("recovery_remaining_records"), value("ledger_imbalance_records")) == (0, 0)
    assert (value("recovery_rows_total") or 0) >= CUSTOMERS


async def _an_end_is_told_before(observed: Observed) -> None:
    worker = observed.deployment.workers[ROLES.index("intake")]
    worker.send_signal(signal.SIGTERM)
    seen: list[Answer] = []

    async def gone() -> bool:
        seen.append(await observed.get("intake", "/readyz"))
        return seen[-1].status == 0

    await until(gone)
    statuses = [answer.status for answer in seen]
    assert 503 in statuses, "it listens until all that is under way is durable"
    assert 200 not in statuses[statuses.index(503) :]
    assert json.loads(seen[statuses.index(503)].body) == {"role": "intake", "waits_for": "its end"}
    assert worker.wait(120) == 0
