"""An address of Kafka: what becomes of somebody who comes in there with this deployment's settings, step by step."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from typing import Any, NamedTuple

from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from service.faust_safe.broker import Broker
from service.faust_safe.tokens import NoToken

SECONDS = 5.0
"""Without an answer for so long nobody is there."""
_TLS_ALERT = b"\x15\x03"
_MOST_BYTES = 1 << 20
# ApiVersions, version 0, correlation id 1, client "doctor": the one request that any Kafka answers to anybody.
_GREETING = struct.pack(">hhih6s", 18, 0, 1, 6, b"doctor")
_GREETING = struct.pack(">i", len(_GREETING)) + _GREETING


class Obstacle(StrEnum):
    """Why nobody gets in."""

    UNKNOWN_HOST = "unknown-host"
    PORT_CLOSED = "port-closed"
    NO_ANSWER = "no-answer"
    SILENT = "silent"
    NOT_KAFKA = "not-kafka"
    TLS_EXPECTED = "tls-expected"
    TLS_NOT_EXPECTED = "tls-not-expected"
    TLS_FAILED = "tls-failed"
    CERTIFICATE = "certificate"
    CERTIFICATE_NAME = "certificate-name"
    CERTIFICATE_TIME = "certificate-time"
    CLIENT_CERTIFICATE = "client-certificate"
    SASL_EXPECTED = "sasl-expected"
    SASL_NOT_EXPECTED = "sasl-not-expected"
    MECHANISM = "mechanism"
    PASSWORD = "password"
    TOKEN = "token"
    NO_TOKEN = "no-token"
    BROKEN = "broken"


_CERTIFICATE_FAULTS = {
    9: Obstacle.CERTIFICATE_TIME,
    10: Obstacle.CERTIFICATE_TIME,
    62: Obstacle.CERTIFICATE_NAME,
    64: Obstacle.CERTIFICATE_NAME,
}
"""By OpenSSL's codes (x509_vfy.h)."""


class Blocked(Exception):
    """Somebody does not get in; the detail is what was seen or heard."""

    def __init__(self, obstacle: Obstacle, detail: str = "") -> None:
        super().__init__(obstacle, detail)
        self.obstacle, self.detail = obstacle, detail


class Met(NamedTuple):
    """How an address was found: `broker` is connected when nothing was in the way."""

    address: str
    broker: Broker | None = None
    obstacle: Obstacle | None = None
    detail: str = ""


async def meet(address: str, security: Mapping[str, Any]) -> Met:
    """Go there, by the steps that may fail: name, port, TLS, is it a Kafka, SASL. `security`: as aiokafka's clients take it."""
    host, _, port = address.rpartition(":")
    try:
        return Met(address, await _come_in(host.strip("[]"), int(port), security))
    except Blocked as blocked:
        return Met(address, None, blocked.obstacle, blocked.detail)


async def _come_in(host: str, port: int, security: Mapping[str, Any]) -> Broker:
    await _reached(host, port)
    context = security.get("ssl_context") if security["security_protocol"].endswith("SSL") else None
    answer = await _greeted(host, port, context)
    if answer is None:
        raise Blocked(Obstacle.SILENT, f"within {SECONDS:.0f} s")
    if not _is_kafka(answer):
        if context is None and (answer.startswith(_TLS_ALERT) or await _speaks_tls(host, port)):
            raise Blocked(Obstacle.TLS_EXPECTED)
        raise Blocked(Obstacle.NOT_KAFKA, f"it answers {answer!r}" if answer else "it closes the connection")
    return await _connected(host, port, security)


async def _reached(host: str, port: int) -> None:
    """The name is known, and somebody listens."""
    try:
        await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
    except socket.gaierror as error:
        raise Blocked(Obstacle.UNKNOWN_HOST, error.strerror or "") from None
    except ConnectionRefusedError:
        raise Blocked(Obstacle.PORT_CLOSED) from None
    except TimeoutError:
        raise Blocked(Obstacle.NO_ANSWER, f"nothing within {SECONDS:.0f} s") from None
    except OSError as error:
        raise Blocked(Obstacle.NO_ANSWER, error.strerror or type(error).__name__) from None


async def _greeted(host: str, port: int, context: ssl.SSLContext | None) -> bytes | None:
    """The first bytes of the answer; none: the connection was closed; None: nothing came."""
    try:
        return await _first_bytes(host, port, context)
    except ssl.SSLCertVerificationError as error:
        fault = _CERTIFICATE_FAULTS.get(error.verify_code, Obstacle.CERTIFICATE)
        raise Blocked(fault, error.verify_message.rstrip(".")) from None
    except OSError as error:
        if context is None:
            raise Blocked(Obstacle.BROKEN, error.strerror or type(error).__name__) from None
        raise await _tls_failed(host, port, error) from None


async def _tls_failed(host: str, port: int, error: OSError) -> Blocked:
    reason = getattr(error, "reason", None) or error.strerror or "the connection is closed in the handshake"
    if "CERTIFICATE" in reason:
        return Blocked(Obstacle.CLIENT_CERTIFICATE, reason)
    with suppress(OSError):
        if _is_kafka(await _first_bytes(host, port, None)):
            return Blocked(Obstacle.TLS_NOT_EXPECTED)
    return Blocked(Obstacle.TLS_FAILED, reason)


async def _first_bytes(host: str, port: int, context: ssl.SSLContext | None) -> bytes | None:
    async with asyncio.timeout(SECONDS):
        name = host if context is not None else None
        reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    try:
        writer.write(_GREETING)
        async with asyncio.timeout(SECONDS):
            return await reader.read(8)
    except TimeoutError:
        return None
    except (ConnectionResetError, BrokenPipeError):
        return b""
    finally:
        writer.close()


def _is_kafka(answer: bytes | None) -> bool:
    """Whether it is the length and our correlation id."""
    return (
        answer is not None
        and len(answer) == 8
        and 0 < struct.unpack(">i", answer[:4])[0] < _MOST_BYTES
        and answer[4:] == b"\0\0\0\1"
    )


async def _speaks_tls(host: str, port: int) -> bool:
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    try:
        await _first_bytes(host, port, anybody)
    except ssl.SSLError as error:  # one that asks for a certificate speaks TLS too
        return "ALERT" in (error.reason or "")
    except OSError:
        return False
    return True


async def _connected(host: str, port: int, security: Mapping[str, Any]) -> Broker:
    broker = Broker(host, port, security, SECONDS)
    try:
        await broker.connect()
        if not security["security_protocol"].startswith("SASL") and (mechanisms := await broker.mechanisms()) is not None:
            raise Blocked(Obstacle.SASL_EXPECTED, ", ".join(mechanisms))
    except UnsupportedSaslMechanismError:
        broker.close()
        raise Blocked(Obstacle.MECHANISM, await _mechanisms(host, port, security)) from None
    except (KafkaError, OSError) as error:
        broker.close()
        raise _blocked(error, by_token=security.get("sasl_mechanism") == "OAUTHBEARER") from None
    except BaseException:
        broker.close()
        raise
    return broker


async def _mechanisms(host: str, port: int, security: Mapping[str, Any]) -> str:
    """What it takes, which it tells before anybody says who he is."""
    broker = Broker(host, port, {**security, "security_protocol": security["security_protocol"].removeprefix("SASL_")}, SECONDS)
    try:
        await broker.connect()
        return ", ".join(await broker.mechanisms() or ()) or "others"
    except (KafkaError, OSError):
        return "others"
    finally:
        broker.close()


def _blocked(error: Exception, *, by_token: bool) -> Blocked:
    if isinstance(error, SaslAuthenticationFailed):
        return Blocked(Obstacle.TOKEN if by_token else Obstacle.PASSWORD)
    if isinstance(error, NoToken):
        return Blocked(Obstacle.NO_TOKEN, str(error))
    if isinstance(error, IllegalSaslStateError):
        return Blocked(Obstacle.SASL_NOT_EXPECTED)
    return Blocked(Obstacle.BROKEN, type(error).__name__)
