"""Facts as the checks find them."""

from schemas.control import Activation, PolicyActivated
from service.agreement import Seen
from service.doctor.scene import PartitionSeen, TopicSeen
from service.domain.policy_file import parse_policy
from service.rows.partition_row import Activated, PartitionRow
from tests.builders import FIRST, POLICY

EVERYTHING = (1 << 13) - 1


def topic(*partitions: tuple[int, int, int], code: int = 0) -> TopicSeen:
    """Partitions as (leader, copies, copies in step)."""
    return TopicSeen(code, tuple(PartitionSeen(at, *each) for at, each in enumerate(partitions)), EVERYTHING)


def policy(version: int, extra: str = "") -> str:
    """The text of a version of the usual policy."""
    mine = parse_policy(POLICY).version
    return POLICY.replace(f"version = {mine}", f"version = {version}", 1) + extra


def begins(log_id: str = "one", text: str = POLICY) -> PolicyActivated:
    """The first record of a log."""
    rules = parse_policy(text)
    data = Activation(name=rules.name, version=rules.version, log_id=log_id, sha256="", text=text)
    return PolicyActivated(id="p", source="/tiering", time=FIRST, data=data)


def seen(
    number: int = 0,
    *,
    log_id: str | None = "one",
    next: int = 5,
    end: int = 5,
    first: int = 0,
    later: list[str] | None = None,
    begun: PolicyActivated | None = None,
    **row: object,
) -> Seen:
    """A partition whose rows and log agree, but for what is said otherwise."""
    changed = [Activated(text, 0, 0) for text in later or ()]
    own = PartitionRow(log_id=log_id, next=next, policy=POLICY, later=changed, **row)  # type: ignore[arg-type]
    return Seen(f"customer-activity-{number}", number, own, first, end, begun or begins())
