"""A policy that a running log can't take up: with it in the log, whoever reads from offset 0 reads all of it under that one."""

from datetime import UTC, datetime

from schemas import codec, topics
from schemas.control import PolicyActivated
from service.activity_log import ActivityLog, look
from service.domain.policy import Policy
from service.domain.policy_change import refusal
from service.domain.policy_file import parse_policy
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.faust_safe.sending import PRODUCER
from service.replay import activation_record
from service.settings import Settings


async def write(settings: Settings, text: str, *, dry: bool) -> int:
    """Append a policy to every partition of the log that has not got it yet; to how many. Refusal, PolicyError.

    `dry`: only see whether it may be.
    """
    policy, reader = parse_policy(text), Reader(settings.cluster)
    topic = settings.topic(topics.CUSTOMER_ACTIVITY)
    try:
        logs = [await look(reader, topic, number) for number in range(settings.partitions)]
    finally:
        await reader.stop()
    without = [log for log in logs if log.newest.data.text != text]
    for log in without:
        _check(log, policy)
    if not dry:
        await _append(settings, policy, without)
    return len(without)


def followed_by(log: ActivityLog, text: str) -> ActivityLog:
    """The log as it is with a policy at its end."""
    if log.newest.data.text == text:
        return log
    event = codec.decode_activity(_record(log, parse_policy(text)))
    if not isinstance(event, PolicyActivated):
        raise AssertionError(f"{event.id} is no policy")
    return log._replace(policies=[*log.policies, event])


async def _append(settings: Settings, policy: Policy, logs: list[ActivityLog]) -> None:
    async with settings.cluster.producer(enable_idempotence=True, **PRODUCER) as producer:
        for log in logs:
            await producer.send_and_wait(log.topic, _record(log, policy), partition=log.partition)


def _record(log: ActivityLog, policy: Policy) -> bytes:
    return activation_record(policy, log.log_id, at=datetime.now(UTC))


def _check(log: ActivityLog, policy: Policy) -> None:
    newest = parse_policy(log.newest.data.text)
    if policy.name != newest.name:
        raise Refusal(f"the log holds {newest.label}, a policy of another name than {policy.label}: name the right file")
    if policy.version <= newest.version:
        raise Refusal(f"the log holds {newest.label}: give {policy.name} a version above {newest.version}, not {policy.version}")
    if policy.frame.currency != newest.frame.currency:
        raise Refusal(
            f"{policy.label} counts in {policy.frame.currency}, and the log's amounts are in {newest.frame.currency}: a log has"
            " one currency; name another TIERING_TOPIC_PREFIX for a new one"
        )
    if refusal(newest, policy) is None:
        raise Refusal(f"{policy.label} can follow {newest.label} without a rebuild: run `tiering policy activate FILE`")
