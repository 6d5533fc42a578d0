"""Faust's own clients come into Kafka as all others do."""

from collections.abc import Mapping
from typing import Any

from faust.auth import Credentials
from faust.transport.drivers import aiokafka as driver

from service.faust_safe.cluster import Cluster


class ClusterCredentials(Credentials):
    """Carries what aiokafka is told: Faust knows credentials of its own, and not all that aiokafka can do."""

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
