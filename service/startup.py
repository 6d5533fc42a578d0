"""What a worker looks at before it starts: the topics, and the policy at the beginning of the log."""

from contextlib import suppress

from schemas import codec, topics
from schemas.control import PolicyActivated
from schemas.dead_letters import InvalidEvent
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.settings import Settings

APPLY = "run `tiering topics apply --policy FILE`"


async def check(settings: Settings) -> PolicyActivated:
    """The policy that the log begins with. Raises Refusal, and KafkaError when Kafka does not answer."""
    reader = Reader(settings.cluster)
    try:
        await _check_topics(settings, reader)
        policy = await _first_policy(settings, reader)
    finally:
        await reader.stop()
    policy_file(settings)
    return policy


async def _check_topics(settings: Settings, reader: Reader) -> None:
    found = await reader.partition_counts()
    for topic in topics.TOPICS:
        name = settings.topic(topic.name)
        if name not in found:
            raise Refusal(f"the topic {name} is missing: {APPLY}")
        if topic.like_log and found[name] != settings.partitions:
            raise Refusal(
                f"the topic {name} has {found[name]} partitions and TIERING_PARTITIONS is {settings.partitions}:"
                f" set it to {found[name]} if the log was made with that. The count can't change once the log is written: if the"
                " topic was changed, fill a new log under another TIERING_TOPIC_PREFIX with `tiering backfill`"
            )


async def _first_policy(settings: Settings, reader: Reader) -> PolicyActivated:
    log = settings.topic(topics.CUSTOMER_ACTIVITY)
    first, end = await reader.bounds(log, 0)
    if first > 0 or end == 0:
        raise Refusal(f"the log {log} does not begin with a policy: {APPLY}")
    with suppress(InvalidEvent):
        event = codec.decode_activity((await reader.record(log, 0, 0)).value or b"")
        if isinstance(event, PolicyActivated):
            return event
    raise Refusal(f"{log} does not begin with a policy: it is not a log of this service; name another TIERING_TOPIC_PREFIX")


def policy_file(settings: Settings) -> Policy | None:
    """The policy of the worker's file, if it was given one. Refusal."""
    if settings.policy is None:
        return None
    try:
        return parse_policy(settings.policy.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refusal(f"{settings.policy}: {error}") from None
