"""A member with a name that its group does not know any more: what it is told decides how it ends."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.commit import OffsetCommitResponse_v2
from aiokafka.protocol.group import HeartbeatRequest, HeartbeatResponse_v1

from service.faust_safe.membership import Membership
from service.faust_safe.requests import NamedHeartbeatRequest

UNKNOWN, FENCED, REBALANCING = 25, 82, 27


class Group:
    """A coordinator's connection: answers what is sent with one code, and a heartbeat with a name with another."""

    def __init__(self, code: int, named: int | Exception, *, member: str = "a-1", name: str | None = "a") -> None:
        self.code, self.named = code, named
        self.group_id, self.generation, self.member_id = "g", 3, member
        self.ended: list[str] = []
        self.asked: list[tuple[str, int, str, str]] = []
        consumer = SimpleNamespace(_coordinator=self, _group_instance_id=name)
        self._send_req: Any = self._answer
        self.membership = Membership(consumer)
        self.membership.watch(lambda: self.ended.append("replaced"), lambda: self.ended.append("forgotten"))

    async def _answer(self, request: Any) -> Any:
        if isinstance(request, NamedHeartbeatRequest):
            self.asked.append(request._told)
            if isinstance(self.named, Exception):
                raise self.named
            return HeartbeatResponse_v1(0, self.named)
        if isinstance(request, HeartbeatRequest):
            return HeartbeatResponse_v1(0, self.code)
        return OffsetCommitResponse_v2([("log", [(0, 0), (1, self.code)])])

    async def beat(self) -> list[str]:
        """How the process has ended by a heartbeat."""
        await self._send_req(HeartbeatRequest("g", 3, self.member_id))
        return self.ended


@pytest.mark.parametrize(
    ("code", "named", "ended"),
    [
        (0, 0, []),
        (REBALANCING, 0, []),
        (FENCED, 0, ["replaced"]),
        (UNKNOWN, FENCED, ["replaced"]),
        (UNKNOWN, UNKNOWN, ["forgotten"]),
        (UNKNOWN, KafkaConnectionError("gone"), ["forgotten"]),  # a restart finds it out
    ],
)
async def test_a_heartbeat_tells_whether_another_has_the_name(code: int, named: int | Exception, ended: list[str]) -> None:
    group = Group(code, named)
    assert await group.beat() == ended
    assert group.asked == ([("g", 3, "a-1", "a")] if code == UNKNOWN else [])


async def test_so_does_a_commit_of_any_partition() -> None:
    group = Group(UNKNOWN, FENCED)
    await group._send_req("a commit")
    assert group.ended == ["replaced"]


async def test_who_joins_just_now_is_nobody_yet() -> None:
    assert await Group(UNKNOWN, FENCED, member="").beat() == []
    assert await Group(FENCED, 0, member="").beat() == ["replaced"]


async def test_without_a_name_it_joins_again() -> None:
    assert await Group(UNKNOWN, UNKNOWN, name=None).beat() == []


@pytest.mark.parametrize(
    ("named", "name", "replaced"),
    [
        (FENCED, "a", True),
        (UNKNOWN, "a", False),
        (0, "a", False),
        (KafkaConnectionError("gone"), "a", False),
        (FENCED, None, False),
    ],
)
async def test_who_was_fenced_asks_whether_another_has_his_name(named: int | Exception, name: str | None, replaced: bool) -> None:
    group = Group(0, named, name=name)
    assert await group.membership.is_replaced() is replaced
    assert group.ended == []
