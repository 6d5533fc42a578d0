"""The query as a process: answers look-ups and probes until a signal ends it. It needs Redis, and no Kafka."""

import asyncio
import signal
from collections.abc import Awaitable
from importlib.metadata import version
from typing import Any, Never

from redis.backoff import NoBackoff
from redis.retry import Retry

from service import metrics
from service.access.server_certificate import ServerCertificate
from service.exit_codes import BROKEN, WRONG_USE
from service.logs import log_events, log_lines
from service.logs.error_words import in_short
from service.settings import Settings, SettingsError
from service.stored_profiles import StoredProfiles
from service.telemetry import this_process
from service.telemetry.loop_lag import LoopLag
from service.web import customers
from service.web.listening import Listening
from service.web.query_state import ROLE, QueryState
from service.web.server import OpsServer

ANSWER_SECONDS = 1.0
"""Longer without an answer counts as Redis being away."""
RENEW_SECONDS = 60.0
"""Between two looks at the certificate."""


def run(settings: Settings) -> int:
    """Answer until a signal; the exit code."""
    log_lines.configure(settings.log, ROLE, settings.termination_log)
    try:
        return asyncio.run(_serve(settings))
    except SettingsError as error:
        log_events.REFUSED(reason=str(error))
        return WRONG_USE
    except Exception as error:  # noqa: BLE001 - a bare traceback would quote what the error quotes
        log_events.LEAVING(reason=in_short(error), error=error)
        return BROKEN


async def _serve(settings: Settings) -> int:
    _say_what_starts(settings)
    profiles = StoredProfiles(
        settings,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),  # a connection that Redis has closed meanwhile; what is away is for the one who asks
    )
    state = QueryState(profiles, settings.partitions)
    certificate = settings.query_access.server_certificate()
    ops = OpsServer(settings.http, state.state)
    query = Listening(
        customers.application(settings.query_access, profiles),
        "TIERING_QUERY",
        settings.query,
        certificate.context if certificate else None,
    )
    this_process.tell_of_it(ROLE)
    metrics.show_only(ROLE)
    metrics.READY.set_function(lambda: state.state().waits_for is None)
    try:
        log_events.LISTENING(role=ROLE, address=await ops.start())
        log_events.QUERY_LISTENING(url=f"http{'s' if certificate else ''}://{await query.start()}/customers/ID")
        await _until_told(state.watch(), LoopLag().run(), _renewed(certificate))
    finally:
        await query.stop()
        await ops.stop()
        await profiles.stop()
    log_events.STOPPED(role=ROLE)
    return 0


def _say_what_starts(settings: Settings) -> None:
    log_events.QUERY_STARTING(
        version=version("customer-tiering"), redis=settings.redis, count=settings.partitions, prefix=settings.topic_prefix
    )


async def _until_told(*parts: Awaitable[Any]) -> None:
    """Run the parts until a signal comes, or until one of them has failed."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    running = [asyncio.ensure_future(each) for each in (told.wait(), *parts)]
    ended, going_on = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    log_events.STOPPING(role=ROLE, why="it was told to" if told.is_set() else "a part of it has ended")
    for each in going_on:
        each.cancel()
    for each in ended:
        each.result()


async def _renewed(certificate: ServerCertificate | None) -> Never:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            if certificate and certificate.renew():
                log_events.CERTIFICATE_RENEWED()
        except (ValueError, OSError) as error:
            log_events.CERTIFICATE_UNREADABLE(reason=str(error))
