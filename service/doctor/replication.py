"""Replication: every partition led by somebody, copied as often as it has to be, and written when a broker is down."""

from collections.abc import Mapping

from service.doctor.finding import Finding, Skipped, fail, ok, several, warn
from service.doctor.scene import Scene, TopicSeen

CHECK = "replication"
IN_SYNC, UNCLEAN = "min.insync.replicas", "unclean.leader.election.enable"


async def look(scene: Scene) -> list[Finding]:
    """As the topics were seen."""
    scene.brokers  # noqa: B018
    names = {topic.name: scene.settings.topic(topic.name) for topic in scene.concerned()}
    there = {names[name]: seen for name, seen in scene.found_topics.items() if not seen.code}
    if not there:
        raise Skipped("topics are missing, or not to be seen")
    set_to = {names[name]: settings for name, settings in scene.configs.items()}
    return judge(there, set_to, production=scene.settings.env == "production")


def judge(topics: Mapping[str, TopicSeen], set_to: Mapping[str, Mapping[str, str]], *, production: bool = False) -> list[Finding]:
    """What stops writing first, then what would lose records."""
    leaderless, stopped, thin, fragile, lossy, single = [], [], [], [], [], []
    for name, seen in topics.items():
        least = int(set_to.get(name, {}).get(IN_SYNC) or 1)
        copies = min(each.replicas for each in seen.partitions)
        for each in seen.partitions:
            place = f"{name}-{each.number}"
            if each.leader < 0:
                leaderless.append(place)
            elif each.in_sync < least:
                stopped.append(place)
            elif each.in_sync < each.replicas:
                thin.append(place)
        if copies == 1 and production:
            single.append(name)
        if 1 < copies <= least:
            fragile.append(name)
        if copies > 1 and (least == 1 or set_to.get(name, {}).get(UNCLEAN) == "true"):
            lossy.append(name)
    findings = []
    if leaderless:
        do = "start the brokers that have these partitions"
        findings.append(fail(CHECK, f"nobody leads {several(leaderless)}: nothing can be read or written there", do))
    if stopped:
        do = f"start the missing brokers, or add some; {IN_SYNC} must not be above the copies that there are"
        findings.append(fail(CHECK, f"fewer copies than {IN_SYNC} of {several(stopped)}: nothing can be written there", do))
    if thin:
        findings.append(warn(CHECK, f"a copy is missing or behind of {several(thin)}", "see which broker is down or slow"))
    if fragile:
        do = f"set {IN_SYNC} to one less than the copies"
        findings.append(warn(CHECK, f"{IN_SYNC} is as high as the copies of {several(fragile)}: one broker down stops all", do))
    if single:
        do = "make them with TIERING_REPLICATION=3, or add copies with kafka-reassign-partitions.sh"
        findings.append(warn(CHECK, f"there is one copy only of {several(single)}: with its disk all of it is gone", do))
    if lossy:
        do = f"set {IN_SYNC}=2 and {UNCLEAN}=false on them"
        findings.append(warn(CHECK, f"{several(lossy)} may lose acknowledged records with one broker", do))
    copies = min(each.replicas for seen in topics.values() for each in seen.partitions)
    partitions = sum(len(seen.partitions) for seen in topics.values())
    return findings or [
        ok(
            CHECK,
            f"{partitions} partitions led, all {copies} of their copies in step"
            if copies > 1
            else f"{partitions} partitions led, one copy each (TIERING_REPLICATION)",
        )
    ]
