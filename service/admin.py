"""Creating the topics, giving every partition of the log its first record, and telling what is not as it has to be."""

import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic, config_resource
from aiokafka.errors import for_code

from schemas import codec, topics
from schemas.control import PolicyActivated
from schemas.dead_letters import InvalidEvent
from schemas.topics import TOPICS, Topic
from service.domain.policy_file import parse_policy
from service.faust_safe.reader import Reader
from service.replay import activation_record
from service.settings import Settings

MISSING, PARTITIONS, COPIES = "missing", "partitions", "copies"
_SENTENCES = {
    MISSING: "{topic} is missing",
    PARTITIONS: "{topic} has {found} partitions, TIERING_PARTITIONS is {wanted}",
    COPIES: "{topic} is kept {found} times, TIERING_REPLICATION is {wanted}",
}
_EXISTS = 36


class TopicsRefusedError(Exception):
    """The topics are not as they have to be; the message says what to do."""


def plan(settings: Settings) -> list[tuple[Topic, str, int]]:
    """Every topic with its name and partition count here. An inbound topic that is there keeps the count its producers chose."""
    return [
        (topic, settings.topic(topic.name), settings.partitions if topic.like_log else settings.inbound_partitions)
        for topic in TOPICS
    ]


async def apply(settings: Settings, text: str) -> list[str]:
    """Create what is missing, write the first policy (`text`); what was done, in words. A second run does nothing."""
    parse_policy(text)
    done = await _create(settings)
    return done + await _begin_log(settings, text)


async def check_topics(settings: Settings) -> list[str]:
    """Each difference between the topics there and the plan, a sentence each; none: []. Inbound topics only have to exist."""
    async with _admin(settings) as admin:
        described = await admin.describe_topics()
        found = {each["topic"]: [len(partition["replicas"]) for partition in each["partitions"]] for each in described}
        resources = [
            config_resource.ConfigResource(
                config_resource.ConfigResourceType.TOPIC, name, configs=dict.fromkeys(topic.configuration())
            )
            for topic, name, _ in plan(settings)
            if name in found and topic.name not in topics.INBOUND
        ]
        set_to: dict[str, dict[str, str]] = {}
        for answer in await admin.describe_configs(resources) if resources else ():
            for code, _, _, name, entries in answer.resources:
                if code:
                    raise for_code(code)(f"the settings of {name}")
                set_to[name] = {entry[0]: entry[1] for entry in entries}
    return [
        str(difference)
        for topic, name, count in plan(settings)
        for difference in differences(settings, topic, name, count, found.get(name), set_to.get(name, {}))
    ]


class Difference(NamedTuple):
    """Of a topic from the plan. `what`: MISSING, PARTITIONS, COPIES, or a setting as Kafka names it."""

    topic: str
    what: str
    found: str = ""
    wanted: str = ""

    def __str__(self) -> str:
        return _SENTENCES.get(self.what, "{topic} has {what}={found}, it has to be {wanted}").format(**self._asdict())


def differences(
    settings: Settings,
    topic: Topic,
    name: str,
    count: int,
    copies: Sequence[int] | None,
    set_to: Mapping[str, str] | None,
) -> Iterator[Difference]:
    """How a topic differs from the plan. `copies`: of each partition, None: it is missing; `set_to`: its settings, if known."""
    if copies is None:
        yield Difference(name, MISSING)
        return
    if topic.name in topics.INBOUND:
        return
    if topic.like_log and len(copies) != count:
        yield Difference(name, PARTITIONS, str(len(copies)), str(count))
    if min(copies, default=0) < settings.replication:
        yield Difference(name, COPIES, str(min(copies, default=0)), str(settings.replication))
    if set_to is None:
        return
    for key, wanted in topic.configuration().items():
        if set_to.get(key) != wanted:
            yield Difference(name, key, str(set_to.get(key)), wanted)


async def _create(settings: Settings) -> list[str]:
    async with _admin(settings) as admin:
        existing = set(await admin.list_topics())
        missing = [each for each in plan(settings) if each[1] not in existing]
        new = [NewTopic(name, count, settings.replication, topic_configs=topic.configuration()) for topic, name, count in missing]
        reply = await admin.create_topics(new) if new else None
        for name, code, *_ in reply.topic_errors if reply else ():
            if code not in (0, _EXISTS):
                raise TopicsRefusedError(f"the topic {name} could not be created: {for_code(code).__name__}")
    return [f"created {name} ({count} partitions)" for _, name, count in missing]


async def _begin_log(settings: Settings, text: str) -> list[str]:
    log = settings.topic(topics.CUSTOMER_ACTIVITY)
    reader = Reader(settings.cluster)
    try:
        first: dict[int, PolicyActivated | None] = {}
        for partition in range(settings.partitions):
            first[partition] = await _first_record(reader, log, partition)
    finally:
        await reader.stop()
    known = [each for each in first.values() if each is not None]
    if any(each.data.text != text for each in known):
        begun = f"{known[0].data.name}@{known[0].data.version}"
        raise TopicsRefusedError(
            f"the log {log} begins with {begun}, another policy: give that one here, and put a newer one in force with"
            " `tiering policy activate`; or name another TIERING_TOPIC_PREFIX for a new log"
        )
    if len({each.data.log_id for each in known}) > 1:
        raise TopicsRefusedError(f"the partitions of {log} are of different logs: one was deleted or copied; make the log anew")
    log_id = known[0].data.log_id if known else uuid.uuid4().hex
    empty = [partition for partition, record in first.items() if record is None]
    value = activation_record(parse_policy(text), log_id)
    producer = settings.cluster.producer(acks="all", enable_idempotence=True)
    await producer.start()
    try:
        for partition in empty:
            await producer.send_and_wait(log, value, partition=partition)
    finally:
        await producer.stop()
    return [f"wrote the policy at the beginning of {len(empty)} partitions of {log}"] if empty else []


async def _first_record(reader: Reader, log: str, partition: int) -> PolicyActivated | None:
    begin, end = await reader.bounds(log, partition)
    if end == 0:
        return None
    record = await reader.record(log, partition, begin)
    try:
        event = codec.decode_activity(record.value or b"")
    except InvalidEvent:
        event = None
    if begin > 0 or not isinstance(event, PolicyActivated):
        raise TopicsRefusedError(f"partition {partition} of {log} does not begin with a policy: it is not a log of this service")
    return event


@asynccontextmanager
async def _admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = settings.cluster.admin()
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
