"""Redis: reachable, ours to write, and does it keep what it is given?"""

import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisAway

from service.doctor.address import SECONDS
from service.doctor.finding import Finding, Status, fail, ok, warn
from service.doctor.scene import Scene
from service.exit_codes import NOT_REACHABLE

CHECK = "redis"
FULL = 0.9
_RISK = "profiles that it drops stay away until they change"


async def look(scene: Scene) -> list[Finding]:
    """Connect and ask for INFO."""
    once = Retry(NoBackoff(), 0)
    client: Any = scene.settings.redis_client(socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=once)
    try:
        await client.ping()
        info = await client.info()
    except NoPermissionError:
        info = {}
    except (RedisError, OSError) as error:
        await client.aclose()
        return [_away(error, host(scene.settings.redis))]
    scene.redis = client
    return judge(info, host(scene.settings.redis))


def host(url: str) -> str:
    """Where it is, without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or parts.path


def judge(info: Mapping[str, Any], at: str) -> list[Finding]:
    """What INFO says; empty: it may not be asked."""
    if not info:
        return [
            warn(CHECK, f"{at} answers, but we may not ask for INFO", "give this user +info, to have memory and role checked")
        ]
    version = info.get("valkey_version") or info.get("redis_version", "?")
    name = f"{'Valkey' if 'valkey_version' in info else 'Redis'} {version} at {at}"
    findings = [*_role(info, name), *_memory(info, name)]
    return findings or [ok(CHECK, f"{name}, {_kept(info)}")]


def _role(info: Mapping[str, Any], name: str) -> list[Finding]:
    if info.get("role") == "slave":
        return [fail(CHECK, f"{name} is a replica: nothing can be written", "name the primary in TIERING_REDIS")]
    if info.get("cluster_enabled"):
        return [
            fail(
                CHECK, f"{name} is a cluster: profiles of several slots are written at once", "name a single one in TIERING_REDIS"
            )
        ]
    if info.get("loading"):
        return [warn(CHECK, f"{name} is still loading its data", "wait")]
    return []


def _memory(info: Mapping[str, Any], name: str) -> list[Finding]:
    policy, most, used = str(info.get("maxmemory_policy", "?")), int(info.get("maxmemory", 0)), int(info.get("used_memory", 0))
    setting = "`redis-cli CONFIG SET maxmemory-policy noeviction`, and the same in its configuration"
    evicts = policy.startswith("allkeys")
    if evicts and info.get("evicted_keys"):
        do = f"{setting}; then `redis-cli DEL` its read-model:next:* keys: the read model fills it anew"
        return [fail(CHECK, f"{name} ({policy}) has dropped {info['evicted_keys']} keys: {_RISK}", do)]
    if evicts and most:
        return [fail(CHECK, f"{name} has maxmemory-policy {policy} and drops keys when it is full: {_RISK}", setting)]
    findings = []
    if evicts:
        findings.append(warn(CHECK, f"{name} has maxmemory-policy {policy}, and no maxmemory yet: {_RISK}", setting))
    if most and used > FULL * most:
        do = "give it more maxmemory; when it is full the read model waits, and profiles grow old"
        findings.append(warn(CHECK, f"{name} is {used / most:.0%} full", do))
    return findings


def _kept(info: Mapping[str, Any]) -> str:
    most, used = int(info.get("maxmemory", 0)), int(info.get("used_memory", 0)) / (1 << 20)
    return f"{used:,.0f} MiB used{f' of {most / (1 << 20):,.0f}' if most else ''}, {info.get('maxmemory_policy', '?')}"


def _away(error: Exception, at: str) -> Finding:
    what, do = _why(error)
    return Finding(CHECK, Status.FAIL, f"{at}: {what}", do, NOT_REACHABLE)


def _why(error: Exception) -> tuple[str, str]:
    cause = error.__cause__ or error.__context__
    text = str(error)
    if isinstance(error, AuthenticationError) or text.startswith(("NOAUTH", "WRONGPASS")):
        wants = "NOAUTH" in text or "required" in text
        return (
            "it wants a password" if wants else "user or password are wrong"
        ), "correct TIERING_REDIS_USER and TIERING_REDIS_PASSWORD (or its file)"
    if isinstance(cause, socket.gaierror):
        return "nobody knows the name", "correct the host in TIERING_REDIS, or the DNS"
    if isinstance(cause, ConnectionRefusedError) or "refused" in text:
        return (
            "the port is closed",
            "start Redis there, or correct the port in TIERING_REDIS (the read model waits for it meanwhile)",
        )
    if "CERTIFICATE_VERIFY" in text:
        return (
            "its certificate is not good",
            "name the authority that signed it in TIERING_REDIS_CA, or have it renewed for this host name",
        )
    if "SSL" in text:
        return "it speaks no TLS", "name redis:// instead of rediss://, or its TLS port, in TIERING_REDIS"
    if isinstance(error, TimeoutError) or "imeout" in text or "closed" in text or isinstance(error, RedisAway):
        return (
            f"no answer within {SECONDS:.0f} s, or no Redis",
            "correct TIERING_REDIS: is it rediss:// (TLS), and is the way open?",
        )
    if isinstance(error, ResponseError):
        return f"it refuses ({text})", "correct TIERING_REDIS"
    return type(error).__name__, "correct TIERING_REDIS"
