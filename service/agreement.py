"""Whether a partition's rows and its log agree: what is asked before the first record is read. It refuses rather than guesses."""

from schemas import codec, topics
from schemas.control import PolicyActivated
from schemas.dead_letters import InvalidEvent
from service.faust_safe.batches import Refusal
from service.faust_safe.lanes import TP
from service.faust_safe.reader import Reader
from service.partition import Partition
from service.settings import Settings

REBUILD = "run `tiering rebuild`"


async def check(reader: Reader, settings: Settings, tp: TP, partition: Partition) -> PolicyActivated:
    """The log's first record, when the rows are those of this log, or there are none and there never were any. Refusal."""
    name = f"{tp.topic}-{tp.partition}"
    if partition.row.rebuilding is not None:
        raise Refusal(f"a rebuild of partition {tp.partition} is under way or was interrupted: {REBUILD} to its end")
    first, end = await reader.bounds(*tp)
    if first > 0 or end == 0:
        raise Refusal(
            f"{name} does not begin with offset 0 and a policy: run `tiering topics apply --policy FILE` for a new log; if it"
            f" was cut or deleted, restore it and {REBUILD}"
        )
    if end < partition.next:
        raise Refusal(f"{name} ends at {end}, but the rows have read up to {partition.next}: {REBUILD}")
    policy = _policy((await reader.record(*tp, 0)).value, name)
    if partition.log_id not in (None, policy.data.log_id):
        raise Refusal(
            f"{name} is another log ({policy.data.log_id}) than the rows were made from ({partition.log_id}): {REBUILD}"
        )
    profiles, changelog = settings.topic(topics.CUSTOMER_PROFILES), settings.topic(topics.CHANGELOG)
    if (
        partition.log_id is None
        and await reader.holds_records(profiles, tp.partition)
        and not await reader.holds_records(changelog, tp.partition)  # else written since it was read: by the next owner
    ):
        raise Refusal(
            f"partition {tp.partition} has no rows in {changelog}, but profiles were published: the"
            f" changelog was deleted or cut; {REBUILD}"
        )
    return policy


def _policy(value: bytes | None, name: str) -> PolicyActivated:
    try:
        record = codec.decode_activity(value or b"")
    except InvalidEvent:
        record = None
    if not isinstance(record, PolicyActivated):
        raise Refusal(f"{name} does not begin with a policy: run `tiering topics apply --policy FILE`")
    return record
