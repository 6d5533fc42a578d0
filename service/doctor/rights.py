"""The rights: what this user may do, against what he needs. Brokers tell it themselves, nothing is tried.

Of transactional ids they tell only whether we may see them: that they can be written shows when a worker starts. A worker's
rights are those of its user, so with users of their own each role is asked about with --role, as its user; without it the user is
taken for the operator, unless he may do everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from service.access import rights
from service.doctor.finding import Finding, Skipped, counted, fail, ok, several
from service.doctor.scene import CUSTOMERS, Group, Scene, TopicSeen
from service.faust_safe import requests
from service.settings import Settings

CHECK, OPERATOR = "rights", "operator"
TOPIC, GROUP, TRANSACTIONAL_ID = "topic", "group", "transactional-id"
_MISSING, _TOPIC_NOT_ALLOWED, _GROUP_NOT_ALLOWED, _ID_NOT_ALLOWED = 3, 29, 30, 53

Allowed = Mapping[tuple[str, str], frozenset[str] | None]
"""By kind and name of a resource what may be done; None, or nothing, where nobody tells."""


class Right(NamedTuple):
    """To do something with one resource of Kafka's."""

    resource: str
    name: str
    operation: str


async def look(scene: Scene) -> list[Finding]:
    """What the metadata said of topics and groups, and whether transactional ids may be seen."""
    scene.brokers  # noqa: B018
    if all(seen.code == _MISSING for seen in scene.found_topics.values()):
        raise Skipped("topics are missing, or not to be seen")
    settings = scene.settings
    topics = {(TOPIC, settings.topic(name)): _operations(seen) for name, seen in scene.found_topics.items()}
    groups = {(GROUP, settings.group(role)): _operations(group) for role, group in scene.groups.items()}
    return [judge(settings, scene.roles, {**topics, **groups, **await _transactional_ids(scene)})]


def judge(settings: Settings, roles: Iterable[str], allowed: Allowed) -> Finding:
    """Of one role, as its user; of all roles: of somebody who may do all, or else of the operator."""
    roles = list(roles)
    needed = {right for role in roles for right in needs(settings, role)}
    holder = roles[0] if len(roles) == 1 else "every role"
    if len(roles) > 1 and _missing(needed, allowed):
        needed, holder = set(needs(settings, OPERATOR)), "the operator"
    known = sum(allowed.get(right[:2]) is not None for right in needed)
    unknown = f" ({len(needed) - known} can't be seen)" if known < len(needed) else ""
    if missing := _missing(needed, allowed):
        said = "; ".join(f"{operation} on {kind} {several(names)}" for (operation, kind), names in missing.items())
        role = OPERATOR if len(roles) > 1 else holder
        return fail(
            CHECK, f"this user lacks what {holder} needs: {said}{unknown}", f"give it to him: `tiering topics acl --role {role}`"
        )
    apart = "; the roles' own users: `tiering doctor --role ROLE` as each" if holder == "the operator" else ""
    return ok(CHECK, f"this user has the {counted(known, 'right')} that {holder} needs{unknown}{apart}")


def needs(settings: Settings, holder: str) -> list[Right]:
    """What somebody needs, one operation each. Of transactional ids: to see those of all partitions."""
    ids = [Right(TRANSACTIONAL_ID, each, "Describe") for each in _ids(settings)]
    found = []
    for right in rights.rights(settings, holder):
        if right.resource == TRANSACTIONAL_ID:
            found += ids
        else:
            found += [Right(right.resource, right.name, operation) for operation in right.operations]
    return found


def _missing(needed: Iterable[Right], allowed: Allowed) -> dict[tuple[str, str], list[str]]:
    missing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for resource, name, operation in sorted(needed):
        may = allowed.get((resource, name))
        if may is not None and operation not in may:
            missing[operation, resource].append(name)
    return missing


def _operations(seen: TopicSeen | Group) -> frozenset[str] | None:
    if seen.code in (_TOPIC_NOT_ALLOWED, _GROUP_NOT_ALLOWED):
        return frozenset()
    if seen.code or seen.operations == requests.NOT_TOLD:
        return None
    return frozenset(name for bit, name in requests.OPERATIONS.items() if seen.operations >> bit & 1)


def _ids(settings: Settings) -> list[str]:
    return [f"{settings.group(CUSTOMERS)}-{number}" for number in range(settings.partitions)]


async def _transactional_ids(scene: Scene) -> dict[tuple[str, str], frozenset[str]]:
    """Whether we may see them, from the first broker that knows the request."""
    async for told in scene.brokers.each(requests.DescribeTransactionsRequest(_ids(scene.settings))):
        return {
            (TRANSACTIONAL_ID, name): frozenset() if code == _ID_NOT_ALLOWED else frozenset({"Describe"})
            for code, name, *_ in told.transactions
        }
    return {}
