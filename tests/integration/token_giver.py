"""An authorization server as small as it can be: for a client's credentials it gives a token that is not signed."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus


def token(subject: str, seconds: float = 600.0) -> str:
    """An unsecured JWT (RFC 7519, section 6), as Kafka's validator for tests takes it."""
    now = time.time()
    parts: list[dict[str, Any]] = [{"alg": "none"}, {"sub": subject, "iat": now - 1, "exp": now + seconds}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


class Giver(ThreadingHTTPServer):
    """Knows one secret; counts what it was asked."""

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.secret, self.asked = secret, 0

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self.server_port}/token"


class _Answers(BaseHTTPRequestHandler):
    server: Giver

    def do_POST(self) -> None:
        """RFC 6749, section 4.4."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        who = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        client, secret = map(unquote_plus, who.split(":"))  # RFC 6749, section 2.3.1
        right = form["grant_type"] == ["client_credentials"] and secret == self.server.secret
        self.server.asked += 1
        answer = {"access_token": token(client), "expires_in": 600} if right else {"error": "invalid_client"}
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def token_giver(secret: str) -> Iterator[Giver]:
    """One that runs."""
    with Giver(secret) as giver:
        threading.Thread(target=giver.serve_forever, daemon=True).start()
        yield giver
        giver.shutdown()
