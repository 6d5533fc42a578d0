"""Whoever gives tokens may answer as he likes: it ends in a token or in a sentence, and the client's secret goes nowhere else."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from service.access.secret import Secret
from service.access.tls import Tls
from service.faust_safe.tokens import ClientCredentials, NoToken


@contextmanager
def giver(answer: bytes) -> Iterator[tuple[str, list[str]]]:
    """A server that says the same to everybody; where it is, and what it was asked."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(f"POST {self.path}")
            self.rfile.read(int(self.headers["Content-Length"]))
            self.wfile.write(answer)

        def do_GET(self) -> None:
            asked.append(f"GET {self.path} {self.headers.get('Authorization')}")

        def log_message(self, *_: object) -> None:
            """Silent."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/token", asked
        server.shutdown()


def asked_for(url: str) -> str:
    """The token."""
    return asyncio.run(ClientCredentials(url, "intake", Secret("canary"), "", Tls()).token())


def test_a_redirection_does_not_take_the_secret_along() -> None:
    with giver(b"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\n\r\n") as (url, asked):
        with pytest.raises(NoToken, match=r"sends us elsewhere \(302\)"):
            asked_for(url)
        assert asked == ["POST /token"]


def test_what_speaks_no_http_is_said() -> None:
    with giver(b"\x15\x03\x03\x00\x02\x02\x46") as (url, _), pytest.raises(NoToken, match="does not answer"):
        asked_for(url)


@pytest.mark.parametrize("life", [b"3599", b'"3599"'])
def test_a_life_may_be_a_number_or_a_text(life: bytes) -> None:
    with giver(b'HTTP/1.0 200 OK\r\n\r\n{"access_token": "abc", "expires_in": ' + life + b"}") as (url, _):
        assert asked_for(url) == "abc"


def test_an_answer_without_a_token_is_said() -> None:
    with giver(b"HTTP/1.0 200 OK\r\n\r\n[]") as (url, _), pytest.raises(NoToken, match="without an access_token"):
        asked_for(url)
