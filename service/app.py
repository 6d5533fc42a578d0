"""The composition root: one process, one role, from settings to a running Faust app."""

import asyncio
import importlib
import logging
import os
import signal
from importlib.metadata import version

from aiokafka.errors import KafkaError

from schemas.control import PolicyActivated
from service import metrics, startup
from service.access.kafka_fault import in_words
from service.collector import pass_over_what_was_imported
from service.compiled import build
from service.exit_codes import BROKEN, NOT_REACHABLE, WRONG_USE
from service.faust_safe.batches import Refusal
from service.faust_safe.forbidden import Forbidden, forbidden
from service.logs import log_events, log_lines
from service.logs.error_words import in_short
from service.role_app import RoleApp
from service.settings import Settings, SettingsError
from service.telemetry.loop_lag import LoopLag
from service.web.server import OpsServer

ROLES = ("intake", "customers", "read-model")
STOP_DEADLINE = 45.0


def run(settings: Settings, role: str) -> int:
    """Run one role until a signal ends it; the exit code."""
    log_lines.configure(settings.log, role, settings.termination_log)
    try:
        return asyncio.run(_serve(settings, role))
    except (Refusal, SettingsError) as refusal:
        log_events.REFUSED(reason=str(refusal))
        return WRONG_USE
    except OSError as error:
        log_events.NOT_REACHABLE(reason=str(error))
        return NOT_REACHABLE
    except (KafkaError, Forbidden) as error:
        event = log_events.FORBIDDEN if forbidden(error) else log_events.NOT_REACHABLE
        event(reason=in_words(settings, error))
        return NOT_REACHABLE
    except Exception as error:  # noqa: BLE001 - a bare traceback would quote what the error quotes
        log_events.LEAVING(reason=in_short(error), error=error)
        return BROKEN


async def _serve(settings: Settings, role: str) -> int:
    _say_what_starts(settings, role)
    policy = await startup.check_role(settings, role)
    app = RoleApp(settings, role)
    app.background.append(LoopLag().run)
    _build(app, policy)
    pass_over_what_was_imported()
    metrics.show_only(role)
    metrics.READY.set_function(app.is_ready)
    ops = OpsServer(settings.http, app.state)
    log_events.LISTENING(role=role, address=await ops.start())
    try:
        return await _until_told(app)
    finally:
        await ops.stop()


def _say_what_starts(settings: Settings, role: str) -> None:
    log_events.STARTING(
        role=role,
        version=version("customer-tiering"),
        build=build(),
        clock=settings.time,
        kafka=settings.kafka,
        count=settings.partitions,
        prefix=settings.topic_prefix,
    )


def _build(app: RoleApp, policy: PolicyActivated | None) -> None:
    # By name: agents import the service, never the other way round.
    agent = importlib.import_module("agents." + app.role.replace("-", "_"))
    agent.build(app, policy)


async def _until_told(app: RoleApp) -> int:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    starting = asyncio.ensure_future(app.start())
    waiting = asyncio.ensure_future(told.wait())
    await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        beside = [asyncio.ensure_future(each) for each in (app.observation.watch(app), *(run() for run in app.background))]
        log_events.RUNNING(role=app.role, build=build())
        await asyncio.wait([waiting, *beside], return_when=asyncio.FIRST_COMPLETED)
        for each in beside:
            if each.done() and (error := each.exception()):
                app.die(error)
            each.cancel()
    log_events.STOPPING(role=app.role, why="it was told to" if told.is_set() else "a part of it has ended")
    app.stopping = True
    starting.cancel()
    try:
        await asyncio.wait_for(app.stop(), STOP_DEADLINE)
    except TimeoutError:
        log_events.STOP_HANGS(seconds=STOP_DEADLINE)
        logging.shutdown()
        os._exit(BROKEN)
    app.observation.refused.tell_all()
    log_events.STOPPED(role=app.role)
    return 0
