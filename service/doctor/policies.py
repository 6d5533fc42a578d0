"""The policies: the one in force in every partition, and the file that workers are given."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from service.activation import NotAllowed, takes_over
from service.agreement import Seen
from service.doctor.finding import Finding, Skipped, counted, fail, ok, warn
from service.doctor.scene import Scene
from service.domain.policy import Policy
from service.domain.policy_file import PolicyError, parse_policy
from service.partition_names import numbers
from service.policy_history import read_policy

IN_FORCE, FILE = "policy", "policy file"


async def look_at_file(scene: Scene) -> list[Finding]:
    """The file by itself, then beside the policy in force."""
    if scene.settings.policy is None:
        return [ok(FILE, "none is given (TIERING_POLICY): workers follow the log")]
    file = read(scene.settings.policy)
    if isinstance(file, Finding):
        return [file]
    try:
        scene.log_partitions()
        active = newest(scene.logs)
    except Skipped as why:
        return [ok(FILE, f"{scene.settings.policy} is {file.label} (not compared with the log: {why})")]
    return [judge_file(scene.settings.policy, file, active)]


def read(path: Path) -> Policy | Finding:
    """The policy of a file, or what is wrong with it."""
    try:
        return parse_policy(path.read_text(encoding="utf-8"))
    except OSError as error:
        return fail(FILE, f"{path} can't be read ({error.strerror})", "correct TIERING_POLICY, or who may read the file")
    except (PolicyError, UnicodeDecodeError) as error:
        faults = "; ".join(str(error).splitlines())  # a line a finding
        return fail(FILE, f"{path}: {faults}", f"mend it until `tiering policy check {path}` is content")


def judge_file(path: Path, file: Policy, active: Policy | None) -> Finding:
    """Whether workers start with it, and what happens then. `active`: the log's newest as far as it was read."""
    if active is None:
        return ok(FILE, f"{path} is {file.label}")
    try:
        newer = takes_over(file, active)
    except NotAllowed as why:
        what, _, do = str(why).rpartition(": ")
        return fail(FILE, f"workers do not start with {path}: {what}", do)
    if newer:
        return ok(FILE, f"{path} is {file.label}: it takes over from {active.label} when a worker starts with it")
    if file.version < active.version:
        do = f"give the workers {active.label}: `tiering policy show` prints the one in force"
        return warn(FILE, f"{path} is {file.label}, older than {active.label}, which stays in force", do)
    return ok(FILE, f"{path} is {file.label}, the one in force")


async def look_in_force(scene: Scene) -> list[Finding]:
    """As rows and log say."""
    scene.log_partitions()
    if not scene.logs:
        raise Skipped("no partition's row can be read")
    return [judge_in_force(scene.logs)]


def judge_in_force(logs: Mapping[int, Seen]) -> Finding:
    """All partitions should be under the same. LogMismatch for one that this version can't read."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for number, seen in logs.items():
        by_text[text_of(seen) or ""].append(number)
    labels = {text: read_policy(text, apart[0]).label if text else "none" for text, apart in by_text.items()}
    if len(by_text) == 1:
        [label] = labels.values()
        return ok(IN_FORCE, f"{label} in all {counted(len(logs), 'partition')}{_behind(logs)}")
    said = ", ".join(f"{labels[text]} in {numbers(partitions)}" for text, partitions in by_text.items())
    if all(seen.row.next >= seen.end for seen in logs.values()):
        return fail(IN_FORCE, said, "`tiering policy activate FILE` with the newest: it writes to the partitions that lack it")
    return warn(IN_FORCE, said, "wait until all have read on to it (see lag); if they stay apart `tiering policy activate FILE`")


def newest(logs: Mapping[int, Seen]) -> Policy | None:
    """The policy in force of the highest version. LogMismatch."""
    texts = {text: number for number, seen in logs.items() if (text := text_of(seen))}
    return max((read_policy(*each) for each in texts.items()), key=lambda policy: policy.version, default=None)


def text_of(seen: Seen) -> str | None:
    """The text of the policy in force in a partition."""
    if seen.row.later:
        return seen.row.later[-1].text
    return seen.row.policy or (seen.begins.data.text if seen.begins else None)


def _behind(logs: Mapping[int, Seen]) -> str:
    waiting = [number for number, seen in logs.items() if seen.row.later]
    return f"; some customers of {numbers(waiting)} are perhaps still under an earlier one" if waiting else ""
