"""The ops server: /metrics, /livez and /readyz, for Prometheus and the orchestrator."""

from typing import Any

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from service import metrics
from service.web.probes import Probes

MAX_AGE = 60.0
"""Seconds without progress after which the process counts as dead; more than a batch's deadline."""
RETRY_SECONDS = 2


class OpsServer:
    """Serves until stopped. `address` is host:port, an IPv6 host in brackets; port 0 takes a free one."""

    def __init__(self, address: str, probes: Probes, max_age: float = MAX_AGE) -> None:
        self._address, self._probes, self._max_age = address, probes, max_age
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/livez", self._livez)
        app.router.add_get("/readyz", self._readyz)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)

    async def start(self) -> str:
        """Listen; the address that was taken. OSError, with the address in its message, when that can't be had."""
        host, _, port = self._address.rpartition(":")
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host.strip("[]"), int(port)).start()
        except OSError as error:
            await self._runner.cleanup()
            reason = f"TIERING_HTTP: {self._address} can't be listened on ({error.strerror}): name another, or port 0"
            raise OSError(error.errno, reason) from error
        return f"{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        await self._runner.cleanup()

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _livez(self, _: web.Request) -> web.Response:
        alive = self._probes.alive(self._max_age)
        return _answer(alive, {"alive": alive, "idle_seconds": round(self._probes.idle_seconds(), 1)})

    async def _readyz(self, _: web.Request) -> web.Response:
        waits = self._probes.waits_for
        return _answer(waits is None, {"ready": waits is None, "waiting_for": waits})


def _answer(fine: bool, body: dict[str, Any]) -> web.Response:
    headers = {} if fine else {"Retry-After": str(RETRY_SECONDS)}
    return web.Response(
        status=200 if fine else 503, body=msgspec.json.encode(body), content_type="application/json", headers=headers
    )
