"""Kafka's ACLs, written by its own tool and, for many at once, by the request that the tool sends."""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Schema, String

from service.faust_safe.cluster import Cluster
from service.laptop import kafka

_TYPES = {"topic": 2, "group": 3, "transactional-id": 5}
_PATTERNS = {"literal": 3, "prefixed": 4}
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
_ALLOW = 3
_TEXT = String("utf-8")
Acl = Mapping[str, Any]
"""As `tiering topics acl --json` prints it."""


class _Created(Response):
    API_KEY, API_VERSION = 30, 1
    SCHEMA = Schema(("throttle_time_ms", Int32), ("results", Array(("code", Int16), ("message", _TEXT))))


class _CreateStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 30, 1, _Created
    SCHEMA = Schema(
        (
            "creations",
            Array(
                ("type", Int8), ("name", _TEXT), ("pattern", Int8), ("principal", _TEXT), ("host", _TEXT), ("operation", Int8),
                ("permission", Int8),
            ),
        )
    )  # fmt: skip


class _Create(Request[_CreateStruct]):
    API_KEY = 30

    def __init__(self, creations: Sequence[Sequence[Any]]) -> None:
        self.creations = creations

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self.creations)


class _Deleted(Response):
    API_KEY, API_VERSION = 31, 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            Array(
                ("code", Int16), ("message", _TEXT),
                (
                    "matches",
                    Array(
                        ("code", Int16), ("message", _TEXT), ("type", Int8), ("name", _TEXT), ("pattern", Int8),
                        ("principal", _TEXT), ("host", _TEXT), ("operation", Int8), ("permission", Int8),
                    ),
                ),
            ),
        ),
    )  # fmt: skip


class _DeleteStruct(RequestStruct):
    API_KEY, API_VERSION, RESPONSE_TYPE = 31, 1, _Deleted
    SCHEMA = Schema(
        (
            "filters",
            Array(
                ("type", Int8), ("name", _TEXT), ("pattern", Int8), ("principal", _TEXT), ("host", _TEXT), ("operation", Int8),
                ("permission", Int8),
            ),
        )
    )  # fmt: skip


class _Delete(Request[_DeleteStruct]):
    API_KEY = 31

    def __init__(self, filters: Sequence[Sequence[Any]]) -> None:
        self.filters = filters

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self.filters)


async def write(cluster: Cluster, acls: Iterable[Acl]) -> None:
    """Have them."""
    answer = await _ask(cluster, _Create(_bindings(acls)))
    assert [each for each in answer.results if each[0]] == []


async def take_away(cluster: Cluster, acls: Iterable[Acl]) -> None:
    """Have them no more."""
    answer = await _ask(cluster, _Delete(_bindings(acls)))
    assert all(not code and len(matches) == 1 for code, _, matches in answer.results)


def write_by_tool(servers: str, properties: Path, lines: Iterable[str]) -> None:
    """What `kafka-acls.sh` does with each of the lines that `tiering topics acl --commands` prints."""
    for line in lines:
        where = ("--bootstrap-server", servers, "--command-config", str(properties))
        command = kafka.java("org.apache.kafka.tools.AclCommand", *where, *line.split())
        subprocess.run(command, check=True, capture_output=True, env=os.environ)


def _bindings(acls: Iterable[Acl]) -> list[tuple[Any, ...]]:
    return [
        (_TYPES[acl["resource"]], acl["name"], _PATTERNS[acl["pattern"]], acl["principal"], "*", _OPERATIONS[operation], _ALLOW)
        for acl in acls
        for operation in acl["operations"]
    ]


async def _ask(cluster: Cluster, request: Any) -> Any:
    admin: Any = cluster.admin()
    await admin.start()
    try:
        return await admin._send_request(request)
    finally:
        await admin.close()
