"""`tiering serve` as a process: what it says of wrong settings, and that nobody's id and no token is in what it says."""

import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from click.testing import CliRunner

from service.commands.main import tiering
from service.exit_codes import WRONG_USE
from service.laptop import redis
from service.laptop.process import Server, free_port

CUSTOMER, TOKEN = "canary-4711", "canary-token-of-a-till"
MALFORMED = [
    f"GET /customers/{CUSTOMER} HTTP/9.x\r\n\r\n",
    f"GET /customers/{CUSTOMER} x HTTP/1.1\r\nHost: h\r\n\r\n",
    f"\x01ET /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\n\r\n",
    f"GET http://[::1/customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\n\r\n",
    f"GET /customers/{CUSTOMER * 1_000} HTTP/1.1\r\nHost: h\r\n\r\n",
    f"GET /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\nContent-Length: {CUSTOMER}\r\n\r\n",
    f"GET /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: {CUSTOMER}\r\n\r\n",
    f"GET /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN}\x01\r\n\r\n",
    f"GET /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN * 1_000}\r\n\r\n",
    f"GET /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\n{CUSTOMER}",
    f"POST /customers/{CUSTOMER} HTTP/1.1\r\nHost: h\r\nExpect: {CUSTOMER}\r\nContent-Length: 1\r\n\r\nx",
]


@dataclass
class Serving:
    """A running process: its two ports, and its log."""

    process: "subprocess.Popen[bytes]"
    query: int
    ops: int
    log: Path

    def asked(self, path: str, **headers: str) -> str:
        """Status, headers and body of an answer of the query."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.query}{path}", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(request)
        return f"{answer.value.code} {answer.value.headers} {answer.value.read().decode()}"

    def page(self, name: str) -> str:
        """Of the ops port."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops}/{name}") as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            return str(error.read().decode())

    def answer_to(self, port: int, request: str) -> bytes:
        """What somebody is answered who does not speak HTTP well."""
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.settimeout(10)
            connection.sendall(request.encode("latin-1"))
            return connection.recv(100)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis in which nothing lies."""
    server, address = redis.start(tmp_path_factory.mktemp("redis"))
    yield address
    server.stop()


@pytest.fixture(scope="module")
def serving(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The query, which asks for a token and waits for the read model."""
    directory = tmp_path_factory.mktemp("serve")
    tokens, log, query, ops = directory / "tokens", directory / "serve.log", free_port(), free_port()
    tokens.write_text(f"{TOKEN}\n")
    settings = {"TIERING_REDIS": url, "TIERING_QUERY_TOKENS_FILE": str(tokens), "TIERING_LOG": "json"}
    addresses = {"TIERING_QUERY": f"127.0.0.1:{query}", "TIERING_HTTP": f"127.0.0.1:{ops}"}
    command = [sys.executable, "-m", "service.commands.main", "serve"]
    server = Server("the query", command, log, {**os.environ, **settings, **addresses})
    server.wait_until(lambda: "query-waits" in log.read_text(), 60)
    yield Serving(server.process, query, ops, log)
    server.stop()


@pytest.mark.parametrize("request_", MALFORMED)
@pytest.mark.parametrize("port", ["query", "ops"])
def test_whoever_speaks_no_http_is_answered_and_nothing_of_it_is_logged(serving: Serving, port: str, request_: str) -> None:
    assert serving.answer_to(getattr(serving, port), request_).startswith(b"HTTP/1.")
    assert serving.page("livez") == '{"role":"query","stuck":[]}'
    said = serving.log.read_text()
    assert "canary" not in said.lower()
    assert "aiohttp" not in said


def test_a_token_and_a_customers_id_are_in_nothing_that_is_said(serving: Serving) -> None:
    said = [serving.asked(f"/customers/{CUSTOMER}", Authorization=f"Bearer {TOKEN}")]
    said += [serving.asked(f"/customers/{CUSTOMER}", Authorization=f"Bearer {TOKEN}-not")]
    said += [serving.asked(f"/{CUSTOMER}?token={TOKEN}", Authorization=f"Basic {TOKEN}")]
    assert [each[:3] for each in said] == ["503", "401", "401"]
    said += [serving.page(name) for name in ("metrics", "livez", "readyz", "startupz", CUSTOMER)]
    assert 'tiering_query_seconds_count{status="401"}' in said[3]
    said += [serving.log.read_text(), Path(f"/proc/{serving.process.pid}/cmdline").read_text()]
    assert [each for each in said if "canary" in each] == []


def test_an_address_that_is_taken_is_said_once_and_in_a_sentence(serving: Serving, url: str) -> None:
    taken = {"TIERING_QUERY": f"127.0.0.1:{serving.query}", "TIERING_REDIS": url, "TIERING_LOG": "human"}
    command = [sys.executable, "-m", "service.commands.main", "serve"]
    ended = subprocess.run(command, env={**os.environ, **taken}, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == WRONG_USE
    last = ended.stderr.splitlines()[-1]
    assert f"TIERING_QUERY: 127.0.0.1:{serving.query} can't be listened on (Address already in use): name another" in last


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TOKENS_FILE": "none"}, "TIERING_QUERY_TOKENS_FILE is none, which can't be read: No such file"),
        ({"TOKENS_FILE": "empty"}, "TIERING_QUERY_TOKENS_FILE is empty, which is empty"),
        ({"TOKENS_FILE": "short"}, "TIERING_QUERY_TOKENS: allowed are tokens of 16 ASCII characters or more, a line each"),
        ({"TOKENS_FILE": "short", "TOKENS": TOKEN}, "TIERING_QUERY_TOKENS: set either this or TIERING_QUERY_TOKENS_FILE"),
        ({"CERTIFICATE": "none"}, "none can't be read as a certificate and its key in PEM: No such file"),
        ({"CERTIFICATE": "first.crt"}, "first.crt can't be read as a certificate and its key in PEM"),
        (
            {"CERTIFICATE": "first.crt", "KEY": "second.key"},
            "can't be read as a certificate and its key in PEM: key values mismatch",
        ),
    ],
)
def test_wrong_settings_are_a_sentence_without_what_is_secret(
    settings: dict[str, str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").write_text("\n")
    Path("short").write_text("canary\n")
    for name in ("first", "second"):
        issued = trustme.CA().issue_cert("localhost")
        issued.cert_chain_pems[0].write_to_path(f"{name}.crt")
        issued.private_key_pem.write_to_path(f"{name}.key")
    done = CliRunner().invoke(tiering, ["serve"], env={f"TIERING_QUERY_{name}": value for name, value in settings.items()})
    assert (done.exit_code, says in done.output) == (WRONG_USE, True), done.output
    assert "canary" not in done.output


def test_help_names_what_the_query_asks_for_and_no_secret() -> None:
    done = CliRunner().invoke(tiering, ["serve", "--help"], env={"TIERING_QUERY_TOKENS": TOKEN})
    named = set(re.findall(r"^  (TIERING_\w+)", done.output, re.MULTILINE))
    assert {"TIERING_ENV", "TIERING_REDIS", "TIERING_REDIS_PASSWORD", "TIERING_PARTITIONS", "TIERING_QUERY_TOKENS"} <= named
    assert not [
        name for name in named if "KAFKA" in name or name in ("TIERING_POLICY", "TIERING_INBOUND_PARTITIONS", "TIERING_TIME")
    ]
    assert "canary" not in done.output
