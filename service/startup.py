"""What a worker looks at before it starts: the topics, and the policy at the beginning of the log."""

from collections.abc import Sequence
from contextlib import suppress

from schemas import codec, topics
from schemas.control import PolicyActivated
from schemas.dead_letters import InvalidEvent
from schemas.topics import Topic
from service.access import rights
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.faust_safe import allowed
from service.faust_safe.batches import Refusal
from service.faust_safe.forbidden import ACL, Forbidden
from service.faust_safe.reader import Reader
from service.settings import Settings

APPLY = "run `tiering topics apply --policy FILE`"


async def check(settings: Settings) -> PolicyActivated:
    """The policy that the log begins with, when all topics are there. Refusal, Forbidden, KafkaError."""
    await _check_topics(settings, topics.TOPICS)
    policy_file(settings)
    return await _first_policy(settings)


async def check_role(settings: Settings, role: str) -> PolicyActivated | None:
    """The same for one role: only what it works with is looked at, and whether it may. None for a role that reads no log."""
    await _check_rights(settings, role)
    worked_with = rights.role_topics(settings, role)
    await _check_topics(settings, worked_with)
    policy_file(settings)
    reads_log = any(topic.name == topics.CUSTOMER_ACTIVITY for topic in worked_with)
    return await _first_policy(settings) if reads_log else None


async def _check_rights(settings: Settings, role: str) -> None:
    needed = rights.rights(settings, role)
    seen = await allowed.topics(settings.cluster, [right.name for right in needed if right.resource == "topic"])
    missing = []
    for resource, name, operations, *_ in needed:
        if resource == "topic":
            may = seen[name].operations
        elif resource == "group":
            may = await allowed.group(settings.cluster, name)
        else:
            continue  # Kafka does not tell: it shows when the first transaction is opened
        missing += [f"{each} the {resource} {name}" for each in operations if each not in may]
    if missing:
        raise Forbidden(f"Kafka does not let this user {', '.join(missing)}: `tiering topics acl` prints what {role} needs")


async def _check_topics(settings: Settings, wanted: Sequence[Topic]) -> None:
    found = await allowed.topics(settings.cluster, [settings.topic(topic.name) for topic in wanted])
    for topic in wanted:
        name = settings.topic(topic.name)
        count, operations = found[name]
        if "Describe" not in operations:
            raise Forbidden(f"Kafka does not let this user see the topic {name}: {ACL}")
        if count is None:
            raise Refusal(f"the topic {name} is missing: {APPLY}")
        if topic.like_log and count != settings.partitions:
            raise Refusal(
                f"the topic {name} has {count} partitions and TIERING_PARTITIONS is {settings.partitions}:"
                f" set it to {count} if the log was made with that. The count can't change once the log is written: if the"
                " topic was changed, fill a new log under another TIERING_TOPIC_PREFIX with `tiering backfill`"
            )


async def _first_policy(settings: Settings) -> PolicyActivated:
    reader = Reader(settings.cluster)
    try:
        return await _policy_of(reader, settings)
    finally:
        await reader.stop()


async def _policy_of(reader: Reader, settings: Settings) -> PolicyActivated:
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
