"""A Kafka cluster and the way into it. Every client that the service has is made here, so all of them come in the same way."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from faust.auth import Credentials
from faust.transport.drivers import aiokafka as driver

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


class ClusterCredentials(Credentials):
    """Has Faust's own clients come in the same way: Faust knows credentials of its own, and not all that aiokafka can do."""

    def __init__(self, cluster: Cluster) -> None:
        self.security = cluster.security

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # Faust may log its settings


_faustian = driver.credentials_to_aiokafka_auth


def _security(credentials: Any = None, ssl_context: Any = None) -> Mapping[str, Any]:
    if isinstance(credentials, ClusterCredentials):
        return credentials.security
    faustian: Mapping[str, Any] = _faustian(credentials, ssl_context)
    return faustian


driver.credentials_to_aiokafka_auth = _security
