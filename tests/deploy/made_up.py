"""A scrape in which every series stands that the service can have, with figures made up: for queries, not for people."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product

from service import metrics
from service.app import ROLES
from tests.deploy.known_series import TARGET, known

_BEGAN = time.time()
_EDGES = tuple(map(str, metrics.FRESHNESS_SECONDS.bounds))
_VALUES = {"role": ROLES, "le": (*_EDGES, "+Inf"), "state": ("assigned", "ready"), "to": ("new", "churned")}
"""Of labels; any other has two."""


def scrape() -> str:
    """Prometheus's text format. Counters grow by the second; a gauge is 1."""
    return "".join(f"{series} {figure}\n" for series, figure in _series())


def _series() -> Iterator[tuple[str, float]]:
    seconds = int(time.time() - _BEGAN) + 1
    for name, labels in known().items():
        names = sorted(labels - TARGET)
        for values in product(*(_VALUES.get(label, ("a", "b")) for label in names)):
            grows = name.endswith(("_total", "_bucket", "_count", "_sum"))
            told = ",".join(f'{label}="{value}"' for label, value in zip(names, values, strict=True))
            if name != "up":
                yield f"{name}{{{told}}}", seconds if grows else 1


@contextmanager
def served() -> Iterator[str]:
    """An address at which the scrape is to be had."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(scrape().encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
