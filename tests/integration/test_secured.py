"""With TLS, users and rights: all runs with exactly the rights that are printed, and says what is wrong without one of them.

Three ways in at once: intake by a client certificate, customers by SCRAM, the read model by a token; Redis by TLS and a password.
The query is asked by TLS and a token, and knows no Kafka.
"""

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from schemas import topics
from service import startup
from service.access.kafka_fault import in_words
from service.access.rights import HOLDERS, ROLES
from service.doctor.examination import examine
from service.doctor.finding import Finding, Status
from service.faust_safe import allowed
from service.faust_safe.forbidden import Forbidden
from service.laptop import redis
from service.settings import Settings
from tests.builders import order
from tests.integration import acls
from tests.integration.conftest import POLICY, until
from tests.integration.secured import ADMIN, SecuredKafka, secured_kafka
from tests.integration.tls_front import tls_front
from tests.integration.token_giver import Giver, token, token_giver

pytestmark = pytest.mark.integration
PREFIX = "north."
CUSTOMERS = 12
CANARY = "canary-"
TOKEN = f"{CANARY}of-the-tills-2026"
COMMON = {"TIERING_ENV": "production", "TIERING_TOPIC_PREFIX": PREFIX, "TIERING_PARTITIONS": "2", "TIERING_TIME": "events"}


@dataclass
class Scene:
    """A secured Kafka and Redis, and all that was ever said there."""

    kafka: SecuredKafka
    giver: Giver
    redis: dict[str, str]
    directory: Path
    said: list[str] = field(default_factory=list)
    printed: list[dict[str, Any]] = field(default_factory=list)

    def environment(self, user: str) -> dict[str, str]:
        """What a process of a user is told."""
        ways = {"intake": self._by_certificate, "read-model": self._by_token, "query": self._by_https}
        return {**COMMON, **self.redis, **ways.get(user, self.kafka.environment)(user)}

    def settings(self, user: str, **others: str) -> Settings:
        """The same, in this process."""
        return Settings.from_environment({**self.environment(user), **others})

    def start(self, user: str, *arguments: str) -> "subprocess.Popen[str]":
        """Run a command as a user; what it says goes into a file."""
        log = self.directory / f"{user}-{arguments[0]}.log"
        command = [sys.executable, "-m", "service.commands.main", *arguments]
        with log.open("a") as output:
            return subprocess.Popen(command, env=os.environ | self.environment(user), stdout=output, stderr=output, text=True)

    def tiering(self, user: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        command = [sys.executable, "-m", "service.commands.main", *arguments]
        done = subprocess.run(command, env=os.environ | self.environment(user), capture_output=True, text=True, check=False)
        self.said += [done.stdout, done.stderr]
        return done

    def logs(self, user: str) -> str:
        """What the workers of a user have said."""
        return (self.directory / f"{user}-worker.log").read_text()

    def rights(self, *holders: str) -> list[dict[str, Any]]:
        """As they are printed."""
        if not self.printed:
            principals = [f"--principal={holder}=User:{holder}" for holder in HOLDERS]
            self.printed = json.loads(self.tiering("operator", "topics", "acl", "--json", *principals).stdout)
        return [each for each in self.printed if each["role"] in holders]

    def _by_https(self, _: str) -> dict[str, str]:
        tokens = self.directory / "tokens"
        tokens.write_text(f"{CANARY}of-the-crm-2026\n{TOKEN}\n")
        return {
            "TIERING_QUERY": "127.0.0.1:0",
            "TIERING_QUERY_TOKENS_FILE": str(tokens),
            "TIERING_QUERY_CERTIFICATE": str(self.kafka.certificate("localhost")),
        }

    def _by_certificate(self, user: str) -> dict[str, str]:
        return {
            "TIERING_KAFKA": self.kafka.servers("CERTIFICATES"),
            "TIERING_KAFKA_SECURITY": "SSL",
            "TIERING_KAFKA_CA": str(self.kafka.ca),
            "TIERING_KAFKA_CERTIFICATE": str(self.kafka.certificate(user)),
        }

    def _by_token(self, user: str) -> dict[str, str]:
        return {
            "TIERING_ENV": "development",  # the giver of tokens has no TLS
            "TIERING_KAFKA": self.kafka.servers("TOKENS"),
            "TIERING_KAFKA_SECURITY": "SASL_SSL",
            "TIERING_KAFKA_SASL": "OAUTHBEARER",
            "TIERING_KAFKA_CA": str(self.kafka.ca),
            "TIERING_KAFKA_TOKEN_URL": self.giver.url,
            "TIERING_KAFKA_CLIENT_ID": user,
            "TIERING_KAFKA_CLIENT_SECRET": self.giver.secret,
        }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Everybody has the rights that are printed for him, and the topics are made."""
    directory = tmp_path_factory.mktemp("secured")
    password = directory / "password"
    password.write_text(f"{CANARY}redis\n")
    server, url = redis.start(directory / "redis", password=f"{CANARY}redis")
    behind = int(url.rpartition(":")[2].partition("/")[0])
    with (
        secured_kafka(directory / "kafka", HOLDERS) as kafka,
        token_giver(f"{CANARY}client-secret") as giver,
        tls_front(kafka.certificate("localhost"), behind) as port,
    ):
        held = {
            "TIERING_REDIS": f"rediss://localhost:{port}/0",
            "TIERING_REDIS_PASSWORD_FILE": str(password),
            "TIERING_REDIS_CA": str(kafka.ca),
        }
        made = Scene(kafka, giver, held, directory)
        _prepare(made)
        yield made
    server.stop()


def _prepare(scene: Scene) -> None:
    everybody = scene.rights(*(set(HOLDERS) - {"producers"}))
    asyncio.run(acls.write(scene.settings(ADMIN).cluster, everybody))
    options = ("--commands", "--role", "producers", "--principal", "producers=User:producers")
    lines = scene.tiering("operator", "topics", "acl", *options).stdout.splitlines()
    acls.write_by_tool(scene.kafka.servers(), scene.kafka.properties(ADMIN), lines)
    applied = scene.tiering("operator", "topics", "apply", "--policy", str(POLICY))
    assert applied.returncode == 0, applied.stderr
    checked = scene.tiering("operator", "topics", "check")
    assert checked.returncode == 0, checked.stderr


async def test_all_runs_with_exactly_the_rights_that_are_printed(scene: Scene) -> None:
    workers = {role: scene.start(role, "worker", "--role", role) for role in ROLES}
    events = scene.directory / "orders.jsonl"
    events.write_bytes(b"".join(order(1, 9_000, id=f"o-{n}", customer=f"c-{n}") + b"\n" for n in range(CUSTOMERS)) + b"{broken\n")
    try:
        sent = scene.tiering("producers", "send", "--topic", "orders", str(events))
        assert sent.returncode == 0, sent.stderr
        await until(lambda: _all_run(scene, workers))
        announced = await asyncio.wait_for(_announced(scene.settings("readers")), 240)
        store = scene.settings("read-model").redis_client()
        await until(lambda: store.get(f"{PREFIX}profile:c-1"))
        await store.aclose()
        letters = scene.tiering("operator", "dead-letters", "list", "--json")
        assert "malformed-json" in letters.stdout, letters.stderr
        pages = _pages(scene) + _command_lines(workers)
        scene.said.append(await _looked_up(scene))
        await _taken_away_while_it_runs(scene, workers["read-model"])
    finally:
        for worker in workers.values():
            worker.terminate()
        codes = {role: worker.wait(120) for role, worker in workers.items()}
    assert codes == {"intake": 0, "customers": 0, "read-model": 3}
    assert "Kafka does not let this user do what it has to with a topic (north.customer-profiles)" in scene.logs("read-model")
    assert "tiering_ready" in pages
    scene.said += [pages, str(announced)]


def test_the_operators_commands_need_no_other_rights(scene: Scene) -> None:
    """Each that asks Kafka; the workers have ended."""
    newer, history = scene.directory / "newer.toml", scene.directory / "history.jsonl"
    newer.write_text(POLICY.read_text().replace("version = 1", "version = 2", 1))
    history.write_bytes(order(1, 9_000, id="h-1", customer="c-1") + b"\n")
    for command in (
        ["topics", "plan"],
        ["policy", "show"],
        ["policy", "diff", str(newer)],
        ["policy", "activate", str(newer)],
        ["backfill", "--yes", str(history)],
        ["dead-letters", "show", "orders.dlt-0@0"],
        ["dead-letters", "replay", "--yes", "--also-refused"],
        ["customers", "show", "c-2"],
        ["customers", "erase", "--yes", "--wait", "0", "c-1"],
        ["rebuild", "--dry-run"],
        ["rebuild"],
    ):
        done = scene.tiering("operator", *command)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def _all_run(scene: Scene, workers: "dict[str, subprocess.Popen[str]]") -> bool:
    ended = [role for role, worker in workers.items() if worker.poll() is not None]
    assert not ended, "".join(map(scene.logs, ended))
    return all("is running" in scene.logs(role) for role in workers)


async def _taken_away_while_it_runs(scene: Scene, reader: "subprocess.Popen[str]") -> None:
    """It ends by itself, and does not ask on and on."""
    admin = scene.settings(ADMIN).cluster
    held = [each for each in scene.rights("read-model") if each["resource"] == "topic"]
    await acls.take_away(admin, held)
    try:
        await until(lambda: reader.poll() is not None)
    finally:
        await acls.write(admin, held)


async def _looked_up(scene: Scene) -> str:
    """A customer is, by TLS and with a token; what the query tells who asks, and everybody on the machine."""
    query = scene.start("query", "serve")
    log = scene.directory / "query-serve.log"
    try:
        await until(lambda: "can be looked up" in log.read_text())
        at = re.search(r"https://127\.0\.0\.1(:\d+/customers/)", log.read_text())
        assert at
        ask, trusted = urllib.request.Request(f"https://localhost{at[1]}c-1"), ssl.create_default_context(cafile=scene.kafka.ca)
        for said in ("", f"Bearer {CANARY}of-nobody-2026"):
            ask.add_header("Authorization", said)
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                await asyncio.to_thread(urllib.request.urlopen, ask, context=trusted)
            scene.said.append(f"{refused.value.headers} {refused.value.read()!r}")
        ask.add_header("Authorization", f"Bearer {TOKEN}")
        with await asyncio.to_thread(urllib.request.urlopen, ask, context=trusted) as answer:
            assert json.load(answer)["data"]["totals"]["orders"] == 1
        return _pages_at(log.read_text()) + _command_lines({"query": query})
    finally:
        query.terminate()
        assert query.wait(60) == 0


def _command_lines(workers: "dict[str, subprocess.Popen[str]]") -> str:
    """What everybody on the machine can see of them."""
    return "".join(Path(f"/proc/{worker.pid}/cmdline").read_text() for worker in workers.values())


def _pages(scene: Scene) -> str:
    """All that the workers tell who asks."""
    return "\n".join(_pages_at(scene.logs(role)) for role in ROLES)


def _pages_at(log: str) -> str:
    """Of the process that said this."""
    found = []
    at = re.search(r"http://[\d.:]+", log)
    assert at
    for page in ("metrics", "readyz", "livez"):
        with urllib.request.urlopen(f"{at[0]}/{page}") as answer:
            found.append(answer.read().decode())
    return "\n".join(found)


async def _announced(settings: Settings) -> list[Any]:
    """Tier changes up to the first of the last customer."""
    found: list[Any] = []
    async with settings.cluster.consumer(isolation_level="read_committed", auto_offset_reset="earliest") as consumer:
        name = settings.topic(topics.TIER_CHANGES)
        consumer.assign([TopicPartition(name, number) for number in range(settings.partitions)])
        while len({each.key for each in found}) < CUSTOMERS:
            found.append(await anext(consumer))
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_that_lacks_rights_names_each_and_says_what_to_do(scene: Scene, role: str) -> None:
    admin, held = scene.settings(ADMIN).cluster, scene.rights(role)
    asked = [each for each in held if each["resource"] != "transactional-id"]
    asyncio.run(acls.take_away(admin, held))
    try:
        lacking = [f"{operation} the {each['resource']} {each['name']}" for each in asked for operation in each["operations"]]
        missing = ", ".join(lacking)
        expected = f"Kafka does not let this user {missing}: `tiering topics acl` prints what {role} needs"
        assert _why_not(scene.settings(role), role) == expected
    finally:
        asyncio.run(acls.write(admin, held))


def _why_not(settings: Settings, role: str = "operator") -> str:
    """What a worker says when it does not start."""
    with pytest.raises((KafkaError, Forbidden)) as caught:
        asyncio.run(startup.check_role(settings, role) if role in ROLES else startup.check(settings))
    return in_words(settings, caught.value)


@pytest.mark.parametrize(
    ("user", "resource", "name"),
    [
        ("intake", "topic", "orders.dlt"),
        ("customers", "transactional-id", "tiering-customers-"),
        ("read-model", "group", "tiering-read-model"),
    ],
)
def test_a_worker_without_one_right_ends_with_a_sentence(scene: Scene, user: str, resource: str, name: str) -> None:
    admin = scene.settings(ADMIN).cluster
    [one] = [each for each in scene.rights(user) if (each["resource"], each["name"]) == (resource, PREFIX + name)]
    asyncio.run(acls.take_away(admin, [one]))
    try:
        ended = scene.tiering(user, "worker", "--role", user)
    finally:
        asyncio.run(acls.write(admin, [one]))
    assert ended.returncode == 3, ended.stderr
    assert "Kafka does not let this user" in ended.stderr
    assert f"{PREFIX}{name}" in ended.stderr
    assert "`tiering topics acl`" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_nobody_may_do_what_is_not_his(scene: Scene) -> None:
    reads = {"intake": topics.CUSTOMER_PROFILES, "read-model": topics.CUSTOMER_ACTIVITY, "readers": topics.ORDERS}
    for user, name in reads.items():
        topic = scene.settings(user).topic(name)
        assert (await allowed.topics(scene.settings(user).cluster, [topic]))[topic] == (None, frozenset())
    writes = {
        "intake": topics.CHANGELOG,
        "customers": topics.ORDERS,
        "read-model": topics.CUSTOMER_PROFILES,
        "producers": topics.CUSTOMER_ACTIVITY,
    }
    for user, name in writes.items():
        settings = scene.settings(user)
        async with settings.cluster.producer(request_timeout_ms=5000) as producer:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(settings.topic(name), b"x", partition=0)


async def _doctor(scene: Scene, user: str, role: str | None) -> dict[str, Finding]:
    """What the doctor finds as a user, by check; of several lines of a check the last."""
    found = {each.check: each async for each in examine(scene.environment(user), role)}
    scene.said += map(str, found.values())
    return found


@pytest.mark.parametrize("user", ["operator", *ROLES])
async def test_the_doctor_sees_what_each_may_do_and_which_right_he_lacks(scene: Scene, user: str) -> None:
    role = user if user in ROLES else None
    found = await _doctor(scene, user, role)
    assert {found[check].status for check in ("kafka", "version", "topics", "rights")} == {Status.OK}
    assert all(
        each.status != Status.FAIL or each.check.startswith(("workers", "lag", "read model")) for each in found.values()
    ), found
    admin = scene.settings(ADMIN).cluster
    one = next(each for each in scene.rights(user) if each["resource"] == "topic" and "Read" in each["operations"])
    one = {**one, "operations": ["Read"]}
    await acls.take_away(admin, [one])
    try:
        rights = (await _doctor(scene, user, role))["rights"]
    finally:
        await acls.write(admin, [one])
    assert rights.status == Status.FAIL
    assert f"Read on topic {one['name']}" in rights.found
    assert f"`tiering topics acl --role {user}`" in str(rights.do)
    assert (await _doctor(scene, user, role))["rights"].status == Status.OK


def test_what_is_wrong_with_the_way_in_is_said_in_a_sentence(scene: Scene) -> None:
    kafka, wrong = scene.kafka, f"{CANARY}wrong"
    tls = {"TIERING_KAFKA_SECURITY": "SSL", "TIERING_KAFKA_USER": "", "TIERING_KAFKA_PASSWORD": ""}
    expired = token("read-model", seconds=-60)
    (scene.directory / "token").write_text(expired)
    by_file = {"TIERING_KAFKA_TOKEN_URL": "", "TIERING_KAFKA_CLIENT_ID": "", "TIERING_KAFKA_CLIENT_SECRET": ""}
    cases: list[tuple[str, dict[str, str], str]] = [
        ("operator", {"TIERING_KAFKA_PASSWORD": wrong}, "user or password are wrong; correct TIERING_KAFKA_USER"),
        ("operator", {"TIERING_KAFKA_SASL": "PLAIN"}, "it does not take this SASL mechanism"),
        ("operator", {"TIERING_KAFKA_CA": str(kafka.other_ca)}, "name the file of the CA that signed it in TIERING_KAFKA_CA"),
        ("operator", {"TIERING_KAFKA": kafka.servers(host="127.0.0.1")}, "its certificate is for another name"),
        (
            "operator",
            {**tls, "TIERING_KAFKA": kafka.servers("EXPIRED")},
            "its certificate is not valid now (certificate has",
        ),
        ("operator", {**tls, "TIERING_KAFKA": kafka.servers("CERTIFICATES")}, "it does not take our certificate"),
        ("operator", tls, "it wants a user; set TIERING_KAFKA_SECURITY to SASL_SSL"),
        ("operator", {"TIERING_KAFKA": kafka.servers("CONTROLLER")}, "it speaks no TLS on this port"),
        ("operator", {"TIERING_KAFKA": "localhost:1"}, "the port is closed"),
        ("read-model", {"TIERING_KAFKA_CLIENT_SECRET": wrong}, "are TIERING_KAFKA_CLIENT_ID, TIERING_KAFKA_CLIENT_SECRET"),
        ("read-model", {**by_file, "TIERING_KAFKA_TOKEN_FILE": str(scene.directory / "token")}, "it refuses our token"),
        (
            "read-model",
            {**by_file, "TIERING_KAFKA_TOKEN_FILE": "/none"},
            "TIERING_KAFKA_TOKEN_FILE is /none, which",
        ),
    ]
    for user, others, says in cases:
        said = _why_not(scene.settings(user, **others))
        scene.said.append(said)
        assert says in said
        assert "Kafka at" in said
        assert expired not in said


def test_a_worker_with_a_wrong_password_ends_with_a_sentence(scene: Scene) -> None:
    scene.kafka.passwords["nobody"] = f"{CANARY}nobody"
    ended = scene.tiering("nobody", "worker", "--role", "customers")
    assert ended.returncode == 3
    assert "correct TIERING_KAFKA_USER, or the content of its password file" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_no_secret_was_ever_told(scene: Scene) -> None:
    """The last: after all that was said above, with right and with wrong settings, in logs, on pages, as errors and in help."""
    scene.tiering("intake", "worker", "--help")
    scene.tiering("query", "serve", "--help")
    logs = [path.read_text() for path in scene.directory.glob("*.log")]
    assert len(logs) == len(ROLES) + 1
    assert [text for text in [*logs, *scene.said] if CANARY in text] == []
