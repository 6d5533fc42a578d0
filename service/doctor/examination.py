"""An examination: all checks, in an order in which each has what it needs from those before; nothing is written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from service.access.rights import ROLES
from service.doctor import (
    abilities,
    clock,
    customers,
    kafka,
    lag,
    letters,
    log,
    policies,
    read_model,
    redis,
    replication,
    rights,
    topics,
    variables,
    workers,
)
from service.doctor.finding import Finding, Skipped, Status, fail
from service.doctor.scene import CUSTOMERS, INTAKE, READ_MODEL, Scene
from service.failures import described
from service.log_mismatch import LogMismatch

SECONDS = 10.0
"""For a check: one that takes longer has failed."""


class Check(NamedTuple):
    """What is looked at, when the checks that it builds on have ended."""

    name: str
    look: Callable[[Scene], Awaitable[list[Finding]]]
    after: tuple[str, ...] = ()
    of: tuple[str, ...] = ROLES
    """The roles that it is about."""


CHECKS = (
    Check(kafka.CHECK, kafka.look),
    Check(abilities.CHECK, abilities.look, (kafka.CHECK,)),
    Check(redis.CHECK, redis.look, of=(READ_MODEL,)),
    Check(read_model.CHECK, read_model.look, (redis.CHECK,), (READ_MODEL,)),
    Check(clock.CHECK, clock.look, (kafka.CHECK, redis.CHECK)),
    Check(topics.CHECK, topics.look, (kafka.CHECK,)),
    Check(replication.CHECK, replication.look, (topics.CHECK,)),
    Check(workers.CHECK, workers.look, (topics.CHECK,)),
    Check(rights.CHECK, rights.look, (workers.CHECK,)),
    Check(log.CHECK, log.look, (topics.CHECK,), (CUSTOMERS,)),
    Check(policies.IN_FORCE, policies.look_in_force, (log.CHECK,), (CUSTOMERS,)),
    Check(policies.FILE, policies.look_at_file, (log.CHECK,), (CUSTOMERS,)),
    Check(lag.CHECK, lag.look, (topics.CHECK, log.CHECK, redis.CHECK)),
    Check(customers.QUARANTINE, customers.look, (log.CHECK,), (CUSTOMERS,)),
    Check(letters.CHECK, letters.look, (topics.CHECK,), (INTAKE, CUSTOMERS)),
)


async def examine(environ: Mapping[str, str], role: str | None) -> AsyncIterator[Finding]:
    """The findings in the order of the checks, each as soon as those before it are known."""
    settings, findings = variables.look(environ)
    for each in findings:
        yield each
    if settings is None:
        names = [check.name for check in CHECKS]
        yield Finding(", ".join(names), Status.SKIPPED, "the settings can't be read")
        return
    scene = Scene(settings, environ, role)
    running: dict[str, asyncio.Future[list[Finding]]] = {}
    for check in CHECKS:
        if set(check.of) & set(scene.roles):
            waits_for = [running[name] for name in check.after if name in running]
            running[check.name] = asyncio.ensure_future(_made(check, scene, waits_for))
    try:
        for made in running.values():
            for each in await made:
                yield each
    finally:
        for made in running.values():
            made.cancel()
        await scene.close()


async def _made(check: Check, scene: Scene, waits_for: list[Any]) -> list[Finding]:
    if waits_for:
        await asyncio.wait(waits_for)
    try:
        async with asyncio.timeout(SECONDS):
            return await check.look(scene)
    except Skipped as why:
        return [Finding(check.name, Status.SKIPPED, str(why))]
    except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as error:
        return [Finding(check.name, Status.SKIPPED, f"this user may not ({type(error).__name__})")]
    except LogMismatch as error:
        what, _, do = str(error).rpartition(": ")
        return [fail(check.name, what, do)]
    except TimeoutError:
        return [fail(check.name, f"no answer within {SECONDS:.0f} s", "see the brokers' load and logs, and ask again")]
    except KafkaError as error:
        return [fail(check.name, f"Kafka refuses or breaks off ({type(error).__name__})", "see the brokers' logs, and ask again")]
    except Exception as error:  # noqa: BLE001 - what one check was not made for must not hide what the others find
        return [fail(check.name, f"this check itself has failed ({described(error)})", "report it; the other lines hold")]
