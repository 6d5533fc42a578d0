"""When a policy file takes over from the policy in force."""

from dataclasses import replace
from datetime import UTC, datetime

from schemas import topics
from service import startup
from service.active_policies import active_policies
from service.domain.policy import Policy
from service.domain.policy_change import refusal
from service.faust_safe.reader import Reader
from service.faust_safe.sending import PRODUCER
from service.replay import activation_record
from service.settings import Settings


class NotAllowed(Exception):
    """A file can't take over; the message says why and what to do."""


def takes_over(file: Policy, active: Policy) -> bool:
    """Whether a file's policy is to be activated; False: it is the active one, or older. NotAllowed."""
    if file.name != active.name:
        raise NotAllowed(
            f"the file is {file.label}, and the log follows {active.label}, a policy of another name: name the right file, or"
            " another TIERING_TOPIC_PREFIX"
        )
    if file.version == active.version and file.text != active.text:
        raise NotAllowed(
            f"the file is {file.label} with another content than the active one: give the changed policy a higher version"
        )
    if file.version <= active.version:
        return False
    if why := refusal(active, file):
        raise NotAllowed(f"{file.label} can't follow {active.label}, {why}: run `tiering rebuild --policy FILE`")
    return True


async def activate(settings: Settings, file: Policy) -> list[int]:
    """Write a policy into every partition that is under an older one; which these are.

    NotAllowed, with nothing written, when one of them can't follow. KafkaError.
    """
    await startup.check(replace(settings, policy=None))
    reader = Reader(settings.cluster)
    try:
        active = await active_policies(reader, settings)
    finally:
        await reader.stop()
    older = [each for each in active if takes_over(file, each.coming)]
    now = datetime.now(UTC)
    async with settings.cluster.producer(enable_idempotence=True, **PRODUCER) as producer:
        for each in older:
            record = activation_record(file, each.log_id, now)
            await producer.send_and_wait(settings.topic(topics.CUSTOMER_ACTIVITY), record, partition=each.partition)
    return [each.partition for each in older]
