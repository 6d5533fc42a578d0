"""The rights: what this user may do, against what the roles need. Brokers tell it themselves, nothing is tried.

Of transactional ids they tell only whether we may see them: that they can be written shows when a worker starts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas import topics
from schemas.topics import TOPICS
from service.doctor.finding import Finding, Skipped, fail, ok, several
from service.doctor.scene import CUSTOMERS, INTAKE, READS, Scene
from service.faust_safe import requests
from service.settings import Settings

CHECK = "rights"
TOPIC, GROUP, TRANSACTIONAL_ID = "topic", "group", "transactional id"
READ, WRITE, DESCRIBE = "Read", "Write", "Describe"
_MISSING, _TOPIC_NOT_ALLOWED, _GROUP_NOT_ALLOWED, _ID_NOT_ALLOWED = 3, 29, 30, 53


class Right(NamedTuple):
    """To do something with a thing of Kafka's."""

    kind: str
    name: str
    operation: str


async def look(scene: Scene) -> list[Finding]:
    """What the metadata said of topics and groups, and whether transactional ids may be seen."""
    scene.brokers  # noqa: B018
    if not scene.found_topics or all(seen.code == _MISSING for seen in scene.found_topics.values()):
        raise Skipped("topics are missing, or not to be seen")
    allowed = {
        **{(TOPIC, scene.settings.topic(name)): _topic(seen.code, seen.operations) for name, seen in scene.found_topics.items()},
        **{(GROUP, scene.settings.group(role)): _group(group.code, group.operations) for role, group in scene.groups.items()},
        **await _transactional_ids(scene),
    }
    return [judge(role, needed(scene.settings, role), allowed) for role in scene.roles]


def needed(settings: Settings, role: str) -> list[Right]:
    """What a role needs to start and to work."""
    reads = {*READS[role], topics.CUSTOMER_ACTIVITY}  # every role looks at the beginning of the log
    writes = {topic.name for topic in TOPICS if topic.written_by == role}
    if role == CUSTOMERS:
        reads |= {topics.CHANGELOG, topics.CUSTOMER_PROFILES}
    if role in (INTAKE, CUSTOMERS):
        writes |= {topics.CUSTOMER_ACTIVITY}
    return [
        *(Right(TOPIC, settings.topic(name), READ) for name in sorted(reads)),
        *(Right(TOPIC, settings.topic(name), WRITE) for name in sorted(writes)),
        Right(GROUP, settings.group(role), READ),
        *(Right(TRANSACTIONAL_ID, each, DESCRIBE) for each in _ids(settings) if role == CUSTOMERS),
    ]


def judge(role: str, rights: Iterable[Right], allowed: Mapping[tuple[str, str], frozenset[str] | None]) -> Finding:
    """`allowed`: by kind and name; None, or nothing, where nobody tells."""
    check = f"{CHECK}: {role}"
    missing: dict[tuple[str, str], list[str]] = defaultdict(list)
    unknown, known = 0, 0
    for kind, name, operation in rights:
        may = allowed.get((kind, name))
        known += may is not None
        unknown += may is None
        if may is not None and operation not in may:
            missing[operation, kind].append(name)
    do = f"have an administrator run what `tiering topics acl --role {role}` prints"
    if missing:
        said = "; ".join(f"{operation} on {kind} {several(names)}" for (operation, kind), names in missing.items())
        return fail(check, f"this user may not: {said}", do)
    return ok(check, f"this user may do all of {known} things{f' ({unknown} can not be asked)' if unknown else ''}")


def _topic(code: int, operations: int) -> frozenset[str] | None:
    return frozenset() if code == _TOPIC_NOT_ALLOWED else None if code else _names(operations)


def _group(code: int, operations: int) -> frozenset[str] | None:
    return frozenset() if code == _GROUP_NOT_ALLOWED else None if code else _names(operations)


def _names(operations: int) -> frozenset[str] | None:
    if operations == requests.NOT_TOLD:
        return None
    return frozenset(name for bit, name in requests.OPERATIONS.items() if operations >> bit & 1)


def _ids(settings: Settings) -> list[str]:
    return [f"{settings.group(CUSTOMERS)}-{number}" for number in range(settings.partitions)]


async def _transactional_ids(scene: Scene) -> dict[tuple[str, str], frozenset[str] | None]:
    """Whether we may see them, from the first broker that knows the request."""
    if CUSTOMERS not in scene.roles:
        return {}
    async for told in scene.brokers.each(requests.DescribeTransactionsRequest(_ids(scene.settings))):
        return {
            (TRANSACTIONAL_ID, name): frozenset() if code == _ID_NOT_ALLOWED else frozenset({DESCRIBE})
            for code, name, *_ in told.transactions
        }
    return {}
