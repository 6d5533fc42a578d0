"""Which policy each partition of a running log is under, as its own row says."""

from typing import NamedTuple

from schemas import topics
from schemas.control import PolicyActivated
from service.activity_log import activation_of
from service.domain.policy import Policy
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.policy_history import PolicyHistory, read_policy
from service.rows import partition_row
from service.rows.partition_row import key_of
from service.settings import Settings


class ActivePolicy(NamedTuple):
    """Of one partition."""

    partition: int
    policy: Policy
    log_id: str
    earlier: tuple[str, ...]
    """Labels of the policies that some customers may still be under."""
    next: int
    """The offset to read next."""
    end: int
    """The end of the log."""
    coming: Policy
    """The newest policy of the log, which the partition may not have read yet."""


async def active_policies(reader: Reader, settings: Settings) -> list[ActivePolicy]:
    """Of every partition. Refusal when there is no log, LogMismatch when a policy can't be read."""
    return [await _of(reader, settings, number) for number in range(settings.partitions)]


async def _of(reader: Reader, settings: Settings, number: int) -> ActivePolicy:
    log = settings.topic(topics.CUSTOMER_ACTIVITY)
    begin, end = await reader.bounds(log, number)
    stored = await reader.newest(settings.topic(topics.CHANGELOG), number, key_of(number))
    row = partition_row.read(number, stored)
    if row.log_id is not None and row.next <= end:  # else the log has lost its end, and what the row knows may be in it no more
        history = PolicyHistory(number, row)
        earlier = tuple(policy.label for policy in history.earlier())
        coming = await newest_policy(reader, log, number, history.current, row.next, end)
        return ActivePolicy(number, history.current, row.log_id, earlier, row.next, end, coming)
    first = await _first(reader, log, number) if end > begin == 0 else None
    if first is None:
        raise Refusal(f"{log}-{number} does not begin with a policy: run `tiering topics apply --policy FILE`")
    policy = read_policy(first.data.text, number)
    return ActivePolicy(number, policy, first.data.log_id, (), 0, end, await newest_policy(reader, log, number, policy, 0, end))


async def newest_policy(reader: Reader, log: str, number: int, active: Policy, begin: int, end: int) -> Policy:
    """The policy that will be in force when the log has been read to its end."""
    newest = active
    async for records in reader.batches(log, number, begin, end):
        for record in records:
            event = activation_of(record.value)
            if event is not None and event.data.version > newest.version:
                newest = read_policy(event.data.text, number)
    return newest


async def _first(reader: Reader, log: str, number: int) -> PolicyActivated | None:
    return activation_of((await reader.record(log, number, 0)).value)
