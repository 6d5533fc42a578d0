"""Every holder of rights as a KafkaUser with its least ACLs, as `tiering topics acl` prints them; and who counts the lag."""

from collections.abc import Iterator
from typing import Any

from deploy.strimzi.topics import resource
from schemas.topics import CUSTOMER_ACTIVITY, CUSTOMER_PROFILES, INBOUND
from service.access.rights import HOLDERS, ROLES, Right, rights
from service.settings import Settings

SCALER = "scaler"
"""KEDA: it looks how far each role's group has read and how long its topics are."""


def users(settings: Settings) -> Iterator[dict[str, Any]]:
    """A resource a user; Strimzi makes a Secret of his name with his password."""
    for holder in HOLDERS:
        yield _user(settings.group(holder), rights(settings, holder))
    yield _user(settings.group(SCALER), list(_looking(settings)))


def _looking(settings: Settings) -> Iterator[Right]:
    for topic in (*INBOUND, CUSTOMER_ACTIVITY, CUSTOMER_PROFILES):
        yield Right("topic", settings.topic(topic), ("Describe",), "How long it is.")
    for role in ROLES:
        yield Right("group", settings.group(role), ("Describe",), "How far it has read.")


def _user(name: str, needed: list[Right]) -> dict[str, Any]:
    acls = [{"resource": _resource(right), "operations": list(right.operations)} for right in needed]
    authorization = {"type": "simple", "acls": acls}
    return resource("KafkaUser", name, {"authentication": {"type": "scram-sha-512"}, "authorization": authorization})


def _resource(right: Right) -> dict[str, str]:
    kind = {"transactional-id": "transactionalId"}.get(right.resource, right.resource)
    return {"type": kind, "name": right.name, "patternType": "prefix" if right.prefixed else "literal"}
