"""A member of its consumer group by name: over a restart it keeps its partitions, and nobody else's move.

The broker keeps a named member's place until its session has timed out, and it does not leave when it stops (aiokafka sees to
that). Whoever comes next under the name has the place at once; the one before has to end. aiokafka 0.14.0 has no
heartbeat that carries the name, so the broker can only answer that it does not know the member: aiokafka would join again,
and two processes of one name would push each other out for ever.
"""

from collections.abc import Callable
from typing import Any

from aiokafka.protocol.commit import OffsetCommitRequest

SESSION_SECONDS = 45.0
"""How long the place of a stopped member is kept: longer than a restart, and how late others take over when it does not come."""

_UNKNOWN_MEMBER, _FENCED = 25, 82


def named(name: str) -> dict[str, Any]:
    """Faust's settings for a member of this name; none without one."""
    return {"consumer_group_instance_id": name, "broker_session_timeout": SESSION_SECONDS} if name else {}


def end_when_replaced(consumer: Any, end: Callable[[], None]) -> None:
    """Have a consumer that has started, and has a name, call `end` when the group does not know it any more."""
    coordinator = consumer._coordinator
    if consumer._group_instance_id is None:
        return
    send = coordinator._send_req

    async def watched(request: Any) -> Any:
        response = await send(request)
        if _codes(response) & {_UNKNOWN_MEMBER, _FENCED}:
            end()
        return response

    coordinator._send_req = watched


def _codes(response: Any) -> set[int]:
    """The error codes of an answer; to a commit there is one for each partition."""
    if response.API_KEY == OffsetCommitRequest.API_KEY:
        return {code for _, partitions in response.topics for _, code in partitions}
    return {getattr(response, "error_code", 0)}
