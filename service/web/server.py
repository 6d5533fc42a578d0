"""The ops server: /metrics, /livez, /readyz and /startupz, for Prometheus and the orchestrator, and nothing else."""

import time
from collections.abc import Callable

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from service import metrics
from service.web import probes
from service.web.listening import Listening
from service.web.probes import Answer, State

RETRY_SECONDS = 2


class OpsServer(Listening):
    """Serves until stopped. `address` is host:port, an IPv6 host in brackets; port 0 takes a free one."""

    def __init__(self, address: str, state: Callable[[], State]) -> None:
        self._state = state
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/startupz", self._startupz)
        super().__init__(app, "TIERING_HTTP", address)

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _livez(self, _: web.Request) -> web.Response:
        return _response(probes.alive(self._state(), time.monotonic()))

    async def _readyz(self, _: web.Request) -> web.Response:
        return _response(probes.ready(self._state()))

    async def _startupz(self, _: web.Request) -> web.Response:
        return _response(probes.started(self._state()))


def _response(answer: Answer) -> web.Response:
    headers = {} if answer.ok else {"Retry-After": str(RETRY_SECONDS)}
    body = msgspec.json.encode(answer.body)
    return web.Response(status=200 if answer.ok else 503, body=body, content_type="application/json", headers=headers)
