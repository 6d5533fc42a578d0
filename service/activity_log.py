"""A partition of the log as it is now: where it ends, and the policies in it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from schemas import codec
from schemas.control import PolicyActivated
from schemas.dead_letters import InvalidEvent
from service.domain.policy_change import refusal
from service.domain.policy_file import parse_policy
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader

_MARK = b"policy.activated.v1"


class ActivityLog(NamedTuple):
    """One partition; its policies in the order of the log, the first at offset 0."""

    topic: str
    partition: int
    end: int
    policies: list[PolicyActivated]
    holes: Sequence[tuple[int, int]] = ()
    """Offsets without a record, each with the next one that has one: the log should have none."""

    @property
    def log_id(self) -> str:
        """The random id that the log was given when it was made."""
        return self.policies[0].data.log_id

    @property
    def begins_under(self) -> PolicyActivated:
        """The policy that the log is read under from its first record on."""
        return begins_under(self.policies)

    @property
    def newest(self) -> PolicyActivated:
        """The policy of the highest version."""
        return max(self.policies, key=lambda each: each.data.version)


def begins_under(policies: Sequence[PolicyActivated]) -> PolicyActivated:
    """The last policy that could not follow the one before it: whoever reads the log from 0 passes over those before.

    Only `tiering rebuild --policy` writes such a policy; a log without one begins under its first.
    """
    begin = current = policies[0]
    for each in policies[1:]:
        if each.data.version > current.data.version:
            if refusal(parse_policy(current.data.text), parse_policy(each.data.text)):
                begin = each
            current = each
    return begin


async def look(reader: Reader, topic: str, partition: int) -> ActivityLog:
    """Read a partition of the log for what it holds. Refusal when its beginning is not there."""
    first, end = await reader.bounds(topic, partition)
    if first > 0:
        raise Refusal(
            f"{topic}-{partition} begins with offset {first}: the {first} records before it are gone, and nothing can be made"
            " from the rest; bring the log back from a copy, or name another TIERING_TOPIC_PREFIX for a new one"
        )
    policies: list[PolicyActivated] = []
    holes: list[tuple[int, int]] = []
    expected = 0

    def gather(_: int, records: Sequence[Any]) -> None:
        nonlocal expected
        for record in records:
            if record.offset > expected:
                holes.append((expected, record.offset))
            expected = record.offset + 1
            if (event := activation_of(record.value)) is not None:
                policies.append(event)

    await reader.read(topic, {partition: 0}, gather)
    if not end or not policies or activation_of((await reader.record(topic, partition, 0)).value) is None:
        raise Refusal(f"{topic}-{partition} does not begin with a policy: run `tiering topics apply --policy FILE`")
    return ActivityLog(topic, partition, end, policies, holes)


def activation_of(value: bytes | None) -> PolicyActivated | None:
    """The activation that a record of the log is; None for any other."""
    if value is None or _MARK not in value:
        return None
    try:
        event = codec.decode_activity(value)
    except InvalidEvent:
        return None
    return event if isinstance(event, PolicyActivated) else None
