"""Every topic as a KafkaTopic."""

import re
from collections.abc import Iterator
from typing import Any

from service import admin
from service.settings import Settings

VERSION = "kafka.strimzi.io/v1"
"""Strimzi 0.49 and later."""
CLUSTER = "kafka"
"""The name of the Kafka resource; that of its bootstrap service is kafka-kafka-bootstrap."""
NAMESPACE = "kafka"


def topics(settings: Settings) -> Iterator[dict[str, Any]]:
    """A resource a topic of a deployment."""
    for topic, name, partitions in admin.plan(settings):
        config = topic.configuration() | durable(settings.replication)
        spec = {"partitions": partitions, "replicas": settings.replication, "config": config}
        yield resource("KafkaTopic", name, ({} if object_name(name) == name else {"topicName": name}) | spec)


def durable(replication: int) -> dict[str, str]:
    """Of three copies two have a write before it counts: one broker may be lost. Of fewer one that restarts would stop us."""
    return {"min.insync.replicas": "2"} if replication >= 3 else {}


def resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """A resource that Strimzi's operators take up."""
    metadata = {"name": object_name(name), "namespace": NAMESPACE, "labels": {"strimzi.io/cluster": CLUSTER}}
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def object_name(name: str) -> str:
    """A name that Kubernetes takes; Kafka's may hold capitals and underscores."""
    return re.sub(r"[^a-z0-9.-]", "-", name.lower()).strip("-.")
