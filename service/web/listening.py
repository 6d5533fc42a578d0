"""A web application on an address."""

import logging
import os
import ssl
from socket import gaierror

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from service.settings import SettingsError


class Listening:
    """Serves until stopped.

    `setting` names the variable that says the address: host:port, an IPv6 host in brackets; port 0 takes a free one.
    """

    def __init__(self, app: web.Application, setting: str, address: str, certificate: ssl.SSLContext | None = None) -> None:
        self._setting, self._address, self._certificate = setting, address, certificate
        logging.getLogger("aiohttp.server").addFilter(_is_ours_to_mend)
        # No access log: a path may name a customer.
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)

    async def start(self) -> str:
        """Listen; the address that was taken. SettingsError when it can't be had."""
        host, _, port = self._address.rpartition(":")
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host.strip("[]"), int(port), ssl_context=self._certificate).start()
        except OSError as error:
            await self._runner.cleanup()
            # Not its own words: asyncio's hold the address once more, and a number.
            why = error.strerror if isinstance(error, gaierror) else os.strerror(error.errno or 0)
            at = f"{self._setting}: {self._address}"
            raise SettingsError(f"{at} can't be listened on ({why}): name another, or port 0") from error
        return f"{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening; answers under way may still be given, for a second."""
        await self._runner.cleanup()


def _is_ours_to_mend(record: logging.LogRecord) -> bool:
    """Whoever speaks no HTTP is answered so, and nothing is logged: any port scan does."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError | web.RequestPayloadError)
