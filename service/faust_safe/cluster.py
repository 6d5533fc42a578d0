"""A Kafka cluster and the way into it. Every client that the service has is made here, so all of them come in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from service.faust_safe import fixes  # noqa: F401

PLAINTEXT: Mapping[str, Any] = {"security_protocol": "PLAINTEXT"}


class Cluster:
    """Where Kafka is (`servers`: host:port each), and what its clients are told of TLS and SASL, as aiokafka names it."""

    def __init__(self, servers: Sequence[str], security: Mapping[str, Any] = PLAINTEXT) -> None:
        self.servers, self.security = list(servers), dict(security)

    def producer(self, **settings: Any) -> AIOKafkaProducer:
        """A producer that is not started yet."""
        return AIOKafkaProducer(bootstrap_servers=self.servers, **self.security, **settings)

    def consumer(self, *topics: str, **settings: Any) -> AIOKafkaConsumer:
        """A consumer that is not started yet."""
        return AIOKafkaConsumer(*topics, bootstrap_servers=self.servers, **self.security, **settings)

    def admin(self, **settings: Any) -> AIOKafkaAdminClient:
        """An administrator that is not started yet."""
        return AIOKafkaAdminClient(bootstrap_servers=self.servers, **self.security, **settings)
