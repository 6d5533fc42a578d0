"""A member of its consumer group by name: over a restart it keeps its partitions, and nobody else's move.

The broker keeps a named member's place until its session has timed out, and it does not leave when it stops (aiokafka sees to
that). Whoever comes next under the name has the place at once; the one before has to end, and must not be started again. Who was
silent for too long has lost his place too, but nobody has his name: a restart takes it up.

aiokafka 0.14.0 has no heartbeat that carries the name, so the broker can only answer it that it does not know the member, and
aiokafka would join again: two processes of one name would push each other out for ever. One with the name says which it is.
"""

from collections.abc import Callable
from typing import Any

from aiokafka.errors import KafkaError
from aiokafka.protocol.commit import OffsetCommitRequest

from service.faust_safe.requests import NamedHeartbeatRequest

SESSION_SECONDS = 45.0
"""How long the place of a stopped member is kept: longer than a restart, and how late others take over when it does not come."""

_UNKNOWN_MEMBER, _FENCED = 25, 82


class Forgotten(Exception):
    """The group has heard nothing of this process for so long that it gave its place away; nobody else has its name."""


def named(name: str) -> dict[str, Any]:
    """Faust's settings for a member of this name; none without one."""
    return {"consumer_group_instance_id": name, "broker_session_timeout": SESSION_SECONDS} if name else {}


def end_when_shut_out(consumer: Any, replaced: Callable[[], None], forgotten: Callable[[], None]) -> None:
    """Have a consumer that has started, and has a name, end when the group does not know it any more.

    Calls `replaced` when another has the name, `forgotten` when nobody has it, or Kafka does not say.
    """
    coordinator = consumer._coordinator
    name = consumer._group_instance_id
    if name is None:
        return
    send = coordinator._send_req

    async def has_another(member: str) -> bool:
        heartbeat = NamedHeartbeatRequest(coordinator.group_id, coordinator.generation, member, name)
        try:
            return _FENCED in _codes(await send(heartbeat))
        except KafkaError:
            return False

    async def watched(request: Any) -> Any:
        member = coordinator.member_id  # as whom the request was made; empty: it is joining, and nobody yet
        response = await send(request)
        codes = _codes(response)
        if _FENCED in codes or (member and _UNKNOWN_MEMBER in codes and await has_another(member)):
            replaced()
        elif member and _UNKNOWN_MEMBER in codes:
            forgotten()
        return response

    coordinator._send_req = watched


def _codes(response: Any) -> set[int]:
    """The error codes of an answer; to a commit there is one for each partition."""
    if response.API_KEY == OffsetCommitRequest.API_KEY:
        return {code for _, partitions in response.topics for _, code in partitions}
    return {getattr(response, "error_code", 0)}
