"""The workers: who is in each role's group, and whether every partition has somebody."""

from service.doctor.brokers import NOT_COORDINATOR
from service.doctor.finding import Finding, fail, ok, several, warn
from service.doctor.scene import READS, Group, Scene
from service.faust_safe import requests

CHECK = "workers"
_NOT_ALLOWED, _NO_SUCH_GROUP = 30, 69
_STABLE, _NOBODY = "Stable", ("Empty", "Dead", "")


async def look(scene: Scene) -> list[Finding]:
    """Ask for the groups of all roles."""
    groups = {scene.settings.group(role): role for role in scene.roles}
    scene.groups = dict.fromkeys(scene.roles, Group())
    async for told in scene.brokers.each(requests.DescribeGroupsRequest(list(groups))):
        for code, name, state, _, _, members, operations in told.groups:
            if code not in NOT_COORDINATOR:
                held = frozenset().union(*map(requests.assigned, members))
                scene.groups[groups[name]] = Group(code, state, len(members), held, operations)
    return [judge(role, scene.groups[role], _wanted(scene, role)) for role in scene.roles]


def judge(role: str, group: Group, wanted: frozenset[tuple[str, int]]) -> Finding:
    """Whether somebody works on all that there is to work on."""
    check, start = f"{CHECK}: {role}", f"`tiering worker --role {role}`"
    if group.code == _NOT_ALLOWED:
        return warn(check, "we may not see the group", "give this user Describe on the group: `tiering topics acl`")
    if group.code not in (0, _NO_SUCH_GROUP):
        return warn(check, f"the group can't be seen (Kafka's error {group.code})", "ask again; look into the broker's log")
    if group.state in _NOBODY or not group.members:
        return fail(check, "nobody is running", f"start one: {start}; if it ended, its last line says why")
    running = f"{group.members} process{'es' if group.members > 1 else ''}"
    if group.state != _STABLE:
        return warn(check, f"{running}, sharing partitions out at present ({group.state})", "ask again in some seconds")
    if left := sorted(wanted - group.held):
        do = f"restart the workers of {role} one by one; a topic that was made later is seen within 5 minutes"
        return fail(check, f"{running}, and nobody has {several(f'{topic}-{number}' for topic, number in left)}", do)
    return ok(check, f"{running} with all {len(wanted)} partitions")


def _wanted(scene: Scene, role: str) -> frozenset[tuple[str, int]]:
    seen = scene.found_topics
    return frozenset(
        (scene.settings.topic(name), each.number) for name in READS[role] if name in seen for each in seen[name].partitions
    )
