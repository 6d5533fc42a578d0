"""A member of its consumer group by name: over a restart it keeps its partitions, and nobody else's move.

The broker keeps a named member's place until its session has timed out, and it does not leave when it stops (aiokafka sees to
that). Whoever comes next under the name has the place at once; the one before has to end, and must not be started again. Who was
silent for too long has lost his place too, but nobody has his name: a restart takes it up.

aiokafka 0.14.0 has no heartbeat that carries the name, so the broker can only answer it that it does not know the member, and
aiokafka would join again: two processes of one name would push each other out for ever. One with the name says which it is. It is
asked too when a transaction was fenced, for whoever is replaced in the midst of work learns that first.
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


class Membership:
    """Of a consumer that has started, in its group; without a name there is nothing to watch and nobody to be replaced by."""

    def __init__(self, consumer: Any) -> None:
        self._coordinator = consumer._coordinator
        self._name: str | None = consumer._group_instance_id
        self._send = self._coordinator._send_req

    def watch(self, replaced: Callable[[], None], forgotten: Callable[[], None]) -> None:
        """Call `replaced` when the group has another of this name, `forgotten` when it knows neither, or does not say."""

        async def watched(request: Any) -> Any:
            member = self._coordinator.member_id  # as whom the request was made; empty: it is joining, and nobody yet
            response = await self._send(request)
            codes = _codes(response)
            if _FENCED in codes or (_UNKNOWN_MEMBER in codes and await self._has_another(member)):
                replaced()
            elif member and _UNKNOWN_MEMBER in codes:
                forgotten()
            return response

        if self._name is not None:
            self._coordinator._send_req = watched

    async def is_replaced(self) -> bool:
        """Whether another has this one's name now; False when Kafka does not say."""
        return self._name is not None and await self._has_another(self._coordinator.member_id)

    async def _has_another(self, member: str) -> bool:
        heartbeat = NamedHeartbeatRequest(self._coordinator.group_id, self._coordinator.generation, member, self._name or "")
        try:
            return bool(member) and _FENCED in _codes(await self._send(heartbeat))
        except KafkaError:
            return False


def _codes(response: Any) -> set[int]:
    """The error codes of an answer; to a commit there is one for each partition."""
    if response.API_KEY == OffsetCommitRequest.API_KEY:
        return {code for _, partitions in response.topics for _, code in partitions}
    return {getattr(response, "error_code", 0)}
