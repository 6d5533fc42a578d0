"""One broker, asked directly: what aiokafka's clients ask is chosen by them, and may make a topic that is missing."""

from collections.abc import Mapping
from typing import Any

from aiokafka.conn import AIOKafkaConnection
from aiokafka.protocol.admin import SaslHandShakeRequest

_NOT_NOW = 34
"""Of a listener that takes no users."""


class Broker:
    """A connection to an address; `security` as aiokafka's clients take it."""

    def __init__(self, host: str, port: int, security: Mapping[str, Any], seconds: float) -> None:
        self._connection = AIOKafkaConnection(
            host, port, client_id="tiering-doctor", request_timeout_ms=round(seconds * 1000), **security
        )

    async def connect(self) -> None:
        """TLS and SASL too. KafkaError, OSError."""
        await self._connection.connect()

    async def ask(self, request: Any) -> Any:
        """The answer. KafkaError, TimeoutError."""
        return await self._connection.send(request)

    async def mechanisms(self) -> list[str] | None:
        """The SASL mechanisms, one of which it wants to be used first; None: it takes no users on this port."""
        told = await self.ask(SaslHandShakeRequest("PLAIN"))
        return None if told.error_code == _NOT_NOW else list(told.enabled_mechanisms)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
