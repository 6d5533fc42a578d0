"""Customers looked up over real HTTP, in a real Redis-compatible server."""

import asyncio
import json
import logging
import signal
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from jsonschema import Draft202012Validator, FormatChecker
from redis.asyncio import Redis

from schemas.documents import OPENAPI
from schemas.openapi import PATH
from service.access.query_access import QueryAccess
from service.access.secret import Secret
from service.laptop import redis
from service.laptop.process import free_port
from service.metrics import REGISTRY
from service.partitioner import partition_for
from service.settings import Settings, SettingsError
from service.stored_profiles import StoredProfiles, key, read_to_key
from service.web import customers
from service.web.listening import Listening
from service.web.query_state import QueryState
from tests.service.test_read_model import data

CONTRACT: dict[str, Any] = json.loads(OPENAPI.read_bytes())
PREFIX, PARTITIONS = "east.", 4
READ_TO = "2023-11-14T22:13:20.123Z"
TOKEN, OTHER = "a-token-of-a-shop-1", "a-token-of-the-crm"


@pytest.fixture
async def raw(raw: Redis) -> Redis:
    """A client of the server, in which all partitions were read."""
    await raw.mset({read_to_key(PREFIX, number): "1700000000123" for number in range(PARTITIONS)})
    return raw


@asynccontextmanager
async def asked(url: str, access: QueryAccess | None = None) -> AsyncIterator[str]:
    """Where the query listens that reads this server."""
    profiles = StoredProfiles(Settings(redis=url, topic_prefix=PREFIX, partitions=PARTITIONS), socket_timeout=1.0)
    listening = Listening(customers.application(access or QueryAccess(), profiles), "TIERING_QUERY", "127.0.0.1:0")
    yield await listening.start()
    await listening.stop()
    await profiles.stop()


async def get(address: str, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers, which are as the contract says."""
    async with aiohttp.ClientSession() as session, session.request(method, f"http://{address}{path}", headers=headers) as answer:
        body = await answer.json(content_type=None)
        assert list(against_the_contract(answer, body)) == []
        return answer.status, body, dict(answer.headers)


def against_the_contract(answer: aiohttp.ClientResponse, body: Any) -> Iterator[str]:
    """What an answer is that no answer may be."""
    said = CONTRACT["paths"][PATH]["get"]["responses"][str(answer.status)]
    yield from faults(said["content"][answer.content_type]["schema"], body)
    for name, header in said["headers"].items():
        yield from faults(header["schema"], answer.headers.get(name))


def faults(schema: Any, value: Any) -> list[str]:
    validator = Draft202012Validator({**schema, "components": CONTRACT["components"]}, format_checker=FormatChecker(["date"]))
    return [error.message for error in validator.iter_errors(value)]


async def test_a_customer_is_shown_as_he_was_published(url: str, raw: Redis) -> None:
    await raw.set(key(PREFIX, "ü/7 %"), data(90))
    async with asked(url) as address:
        status, body, headers = await get(address, "/customers/%C3%BC%2F7%20%25")
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "application/json", "no-store")
    assert body == {"customer_id": "ü/7 %", "read_to": READ_TO, "data": json.loads(data(90))}


async def test_who_is_unknown_where_all_was_read_is_not_found(url: str, raw: Redis) -> None:
    async with asked(url) as address:
        for path in ("/customers/c-9", "/customers/" + "x" * 4_000, "/customers/%ED%A0%80%00"):
            status, body, headers = await get(address, path)
            assert (status, headers["Content-Type"]) == (404, "application/problem+json")
            assert body == {"title": "Not Found", "status": 404, "detail": f"no such customer was known at {READ_TO}"}
        assert (await get(address, "/profiles"))[1]["detail"] == "there is /customers/{id}, and nothing else"
        status, body, headers = await get(address, "/customers/c-9", "DELETE")
        assert (status, headers["Allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize("stored", [True, False])
async def test_nothing_is_said_of_a_partition_that_is_still_being_filled(url: str, raw: Redis, stored: bool) -> None:
    number = partition_for(b"c-1", PARTITIONS)
    if stored:
        await raw.set(key(PREFIX, "c-1"), data(1))
    await raw.delete(read_to_key(PREFIX, number))
    elsewhere = next(f"d-{each}" for each in range(99) if partition_for(b"d-%d" % each, PARTITIONS) != number)
    async with asked(url) as address:
        status, body, headers = await get(address, "/customers/c-1")
        assert (status, headers["Retry-After"], headers["Cache-Control"]) == (503, "2", "no-store")
        assert body["detail"] == f"the read model is still being filled, in partition {number}"
        assert (await get(address, f"/customers/{elsewhere}"))[0] == 404


async def test_a_redis_that_is_away_or_stands_still_is_said(tmp_path: Path) -> None:
    port = free_port()
    async with asked(f"redis://127.0.0.1:{port}/0") as address:
        status, body, headers = await get(address, "/customers/c-1")
        assert (status, headers["Retry-After"], body["detail"]) == (503, "2", "Redis does not answer")
        server, _ = redis.start(tmp_path, port)
        try:
            assert (await get(address, "/customers/c-1"))[1]["detail"].startswith("the read model is still being filled")
            server.process.send_signal(signal.SIGSTOP)
            status, body, _ = await asyncio.wait_for(get(address, "/customers/c-1"), 10)
            assert (status, body["detail"]) == (503, "Redis does not answer")
        finally:
            server.process.send_signal(signal.SIGCONT)
            server.stop()


async def test_a_redis_user_who_may_read_these_keys_and_no_more_is_enough(url: str, raw: Redis) -> None:
    await raw.set(key(PREFIX, "c-1"), data(1))
    await raw.acl_setuser("reader", enabled=True, reset=True, passwords=["+canary"], keys=[f"{PREFIX}*"], commands=["+mget"])
    async with asked(url.replace("redis://", "redis://reader:canary@")) as address:
        assert (await get(address, "/customers/c-1"))[0] == 200
        await raw.acl_setuser("reader", keys=["elsewhere*"], reset_keys=True)
        assert (await get(address, "/customers/c-1"))[0] == 503


async def test_what_is_no_profile_is_not_passed_on(url: str, raw: Redis) -> None:
    await raw.set(key(PREFIX, "c-1"), b'{"position": 1}')
    async with asked(url) as address:
        assert (await get(address, "/customers/c-1"))[:2] == (
            500,
            {"title": "Internal Server Error", "status": 500, "detail": "what lies in Redis is no profile"},
        )


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (f"Bearer {TOKEN}", 404),
        (f"bearer  {OTHER}", 404),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer ", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer \xfc", 401),
        (None, 401),
    ],
)
async def test_who_has_no_token_is_not_let_in(url: str, raw: Redis, said: str | None, status: int) -> None:
    async with asked(url, QueryAccess((Secret(TOKEN), Secret(OTHER)))) as address:
        found, _, headers = await get(address, "/customers/c-1", **({} if said is None else {"Authorization": said}))
        assert (found, headers.get("WWW-Authenticate")) == (status, "Bearer" if status == 401 else None)
        if status == 401:
            assert (await get(address, "/elsewhere", **({} if said is None else {"Authorization": said})))[0] == 401


def count(status: str) -> float:
    """Answers so far."""
    return REGISTRY.get_sample_value("tiering_query_seconds_count", {"status": status}) or 0


async def test_answers_are_counted_by_status(url: str, raw: Redis) -> None:
    before = count("404")
    async with asked(url) as address:
        await get(address, "/customers/c-1")
        await get(address, "/elsewhere")
    assert count("404") == before + 2


async def test_a_fault_of_ours_is_a_problem_too(
    url: str, raw: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = count("500")
    monkeypatch.setattr(StoredProfiles, "look_up", None)
    async with asked(url) as address:
        status, problem, _ = await get(address, "/customers/c-1")
    assert (status, problem["detail"]) == (500, "a fault of the query itself")
    assert count("500") == before + 1
    assert [record.event for record in caplog.records if hasattr(record, "event")] == ["look-up-failed"]


async def test_ready_when_all_partitions_are_read_and_degraded_from_then_on(
    url: str, raw: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "service")
    await raw.flushall()
    profiles = StoredProfiles(Settings(redis=url, topic_prefix=PREFIX, partitions=PARTITIONS))
    state = QueryState(profiles, PARTITIONS)
    assert state.state().waits_for == "Redis to answer"
    await state.look()
    assert state.state().waits_for == "the read model to fill partitions 0-3"
    await raw.mset({read_to_key(PREFIX, number): "1700000000123" for number in (0, 2)})
    await state.look()
    assert state.state().waits_for == "the read model to fill partitions 1, 3"
    await raw.mset({read_to_key(PREFIX, number): str((time.time_ns() // 10**6) - 5_000) for number in range(PARTITIONS)})
    await state.look()
    await state.look()
    assert (state.state().waits_for, state.state().degraded) == (None, None)
    assert 5 <= (REGISTRY.get_sample_value("tiering_read_model_age_seconds") or 0) < 60
    await raw.flushall()
    await state.look()
    assert (state.state().waits_for, state.state().degraded) == (None, "the read model to fill partitions 0-3")
    assert [record.event for record in caplog.records if hasattr(record, "event")] == [
        "query-waits",
        "query-waits",
        "query-ready",
        "query-waits",
    ]
    await profiles.stop()


async def test_a_read_model_with_more_partitions_is_refused(url: str, raw: Redis) -> None:
    await raw.set(read_to_key(PREFIX, PARTITIONS), "1700000000123")
    profiles = StoredProfiles(Settings(redis=url, topic_prefix=PREFIX, partitions=PARTITIONS))
    with pytest.raises(SettingsError, match="TIERING_PARTITIONS is 4, and the read model in Redis has more"):
        await QueryState(profiles, PARTITIONS).look()
    await profiles.stop()


async def test_a_renewed_certificate_is_shown_without_a_restart(url: str, raw: Redis, tmp_path: Path) -> None:
    authority, files = trustme.CA(), (tmp_path / "tls.crt", tmp_path / "tls.key")

    def issue(name: str) -> int:
        certificate = authority.issue_cert("localhost", "127.0.0.1", common_name=name)
        certificate.cert_chain_pems[0].write_to_path(files[0])
        certificate.private_key_pem.write_to_path(files[1])
        return 0

    issue("first")
    certificate = QueryAccess((), *files).server_certificate()
    assert certificate is not None
    profiles = StoredProfiles(Settings(redis=url, topic_prefix=PREFIX, partitions=PARTITIONS))
    query = customers.application(QueryAccess(), profiles)
    listening = Listening(query, "TIERING_QUERY", "127.0.0.1:0", certificate.context)
    address = await listening.start()
    assert await shown(address, authority) == "first"
    assert not certificate.renew()
    files[1].write_text("half")
    with pytest.raises(ValueError, match=r"tls\.key can't be read as a certificate and its key"):
        certificate.renew()
    assert await shown(address, authority) == "first"
    issue("second")
    assert certificate.renew()
    assert await shown(address, authority) == "second"
    await listening.stop()
    await profiles.stop()


async def shown(address: str, authority: trustme.CA) -> str:
    """The name on the certificate that is shown to a client that trusts this authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with aiohttp.ClientSession() as session, session.get(f"https://{address}/customers/c-1", ssl=context) as answer:
        assert answer.status == 404
    host, _, port = address.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    subject: Any = writer.get_extra_info("peercert")["subject"]
    writer.close()
    return str(dict(pair for each in subject for pair in each)["commonName"])


@pytest.mark.parametrize(
    ("address", "access", "fault"),
    [
        ("127.0.0.1:8090", QueryAccess(), "anybody could look customers up"),
        ("0.0.0.0:8090", QueryAccess((Secret(TOKEN),)), "what 0.0.0.0:8090 (TIERING_QUERY) answers is not encrypted"),
        ("127.0.0.1:8090", QueryAccess((Secret(TOKEN),)), None),
        ("127.0.0.1:8090", QueryAccess((), Path("absent.pem")), "absent.pem can't be read"),
        ("127.0.0.1:8090", QueryAccess((Secret(TOKEN),), None, Path("a.key")), "of no use without its certificate"),
    ],
)
def test_production_asks_for_tokens_and_encryption(address: str, access: QueryAccess, fault: str | None) -> None:
    found = list(access.faults(address, production=True))
    assert (found == []) if fault is None else any(fault in each for each in found)
    assert not any(TOKEN in each for each in found)
