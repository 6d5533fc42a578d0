"""Who needs which rights at Kafka, and why: the least that each role, the operator, producers and readers can work with.

What is read and written is what `schemas.topics` says; here stands only what each does besides.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from schemas.topics import (
    CHANGELOG,
    CUSTOMER_ACTIVITY,
    CUSTOMER_PROFILES,
    DEAD_LETTER_REPLAYS,
    INBOUND,
    TOPICS,
    Topic,
    dead_letter_topic,
)
from service.settings import Settings

ROLES = ("intake", "customers", "read-model")
HOLDERS = (*ROLES, "operator", "producers", "readers")
"""Who has rights: the roles of the service, and who works with it."""

Resource = Literal["topic", "group", "transactional-id"]
_PARTIES = {
    "clock": "customers",
    "read model": "read-model",
    "tills and apps": "producers",
    "marketing and CRM": "readers",
    "CRM": "readers",
}
"""What `schemas.topics` calls them there."""
_DEAD = tuple(dead_letter_topic(name) for name in (*INBOUND, CUSTOMER_ACTIVITY))
_ALL = tuple(topic.name for topic in TOPICS)
_ANNOUNCED = tuple(topic.name for topic in TOPICS if topic.read_by == "marketing and CRM")


_ALSO_READS = {
    ("intake", CUSTOMER_ACTIVITY): " Its first record, the policy, tells the currency.",
    ("customers", CUSTOMER_PROFILES): " It is seen whether anything was published.",
}
"""Beyond what they work on."""


class Right(NamedTuple):
    """Operations on one resource, as Kafka names them; Read and Write include Describe."""

    resource: Resource
    name: str
    operations: tuple[str, ...]
    why: str
    prefixed: bool = False
    """Of all whose names begin so."""


class _Task(NamedTuple):
    """What the operator's commands do with topics."""

    command: str
    operation: str
    topics: Sequence[str]


_TASKS = (
    _Task("topics apply", "Create", _ALL),
    _Task("topics check", "DescribeConfigs", _ALL),
    _Task("topics apply", "Read", (CUSTOMER_ACTIVITY,)),
    _Task("topics apply", "Write", (CUSTOMER_ACTIVITY,)),
    _Task("policy activate", "Write", (CUSTOMER_ACTIVITY,)),
    _Task("customers", "Read", (CHANGELOG, CUSTOMER_ACTIVITY, CUSTOMER_PROFILES)),
    _Task("customers", "Write", (CUSTOMER_ACTIVITY,)),
    _Task("rebuild", "Read", (CHANGELOG, CUSTOMER_ACTIVITY, CUSTOMER_PROFILES)),
    _Task("rebuild", "Write", (CHANGELOG, *_ANNOUNCED, CUSTOMER_PROFILES, dead_letter_topic(CUSTOMER_ACTIVITY))),
    _Task("backfill", "Write", (CUSTOMER_ACTIVITY,)),
    _Task("dead-letters", "Read", (*_DEAD, DEAD_LETTER_REPLAYS)),
    _Task("dead-letters", "Write", (*INBOUND, CUSTOMER_ACTIVITY, DEAD_LETTER_REPLAYS)),
    _Task("send", "Write", INBOUND),
    _Task("doctor", "Read", (*INBOUND, CUSTOMER_ACTIVITY, CHANGELOG, CUSTOMER_PROFILES, *_DEAD)),
)
_ORDER = ("Create", "DescribeConfigs", "Describe", "Read", "Write")


def principals(settings: Settings) -> dict[str, str]:
    """The principal that each holder has if nothing else is said."""
    return {holder: f"User:{settings.group(holder)}" for holder in HOLDERS}


def rights(settings: Settings, holder: str) -> list[Right]:
    """What a holder needs in this deployment."""
    if holder == "operator":
        return list(_operator(settings))
    return list(_of_topics(settings, holder)) + list(_besides(settings, holder))


def _of_topics(settings: Settings, holder: str) -> Iterator[Right]:
    for topic in TOPICS:
        also = _ALSO_READS.get((holder, topic.name), "")
        reads, writes = holder in _named(topic.read_by) or also, holder in _named(topic.written_by)
        operations = ("Read",) * bool(reads) + ("Write",) * writes
        if operations:
            yield Right("topic", settings.topic(topic.name), operations, topic.purpose + also)


def _named(parties: str) -> set[str]:
    return {_PARTIES.get(party, party) for party in parties.split(", ")}


def _besides(settings: Settings, holder: str) -> Iterator[Right]:
    if holder in ROLES:
        yield Right("group", settings.group(holder), ("Read",), "Its workers share the partitions as one consumer group.")
    if holder == "customers":
        yield _transactions(settings, "A transaction a batch and partition, which shuts a former owner out.")


def _operator(settings: Settings) -> Iterator[Right]:
    for name in _ALL:
        done = [task for task in _TASKS if name in task.topics]
        operations = sorted({task.operation for task in done}, key=_ORDER.index)
        yield Right("topic", settings.topic(name), tuple(operations), _commands(task.command for task in done))
    for role in ROLES:
        rebuilt = role == "customers"
        why = _commands(("doctor", "rebuild") if rebuilt else ("doctor",))
        yield Right("group", settings.group(role), ("Read",) if rebuilt else ("Describe",), why)
    yield _transactions(settings, _commands(("rebuild",)))


def _commands(names: "Iterator[str] | tuple[str, ...]") -> str:
    return "tiering " + ", ".join(dict.fromkeys(names))


def _transactions(settings: Settings, why: str) -> Right:
    return Right("transactional-id", settings.group("customers") + "-", ("Write",), why, prefixed=True)


def role_topics(settings: Settings, role: str) -> list[Topic]:
    """The topics that a role works with."""
    needed = {right.name for right in rights(settings, role) if right.resource == "topic"}
    return [topic for topic in TOPICS if settings.topic(topic.name) in needed]
