"""Whether a partition's rows and its log agree: what is asked before the first record is read. It refuses rather than guesses."""

from typing import NamedTuple

from schemas import topics
from schemas.control import PolicyActivated
from service.activity_log import activation_of
from service.faust_safe.batches import Refusal
from service.faust_safe.reader import Reader
from service.faust_safe.work import TP
from service.partition import Partition
from service.rows.partition_row import PartitionRow
from service.settings import Settings

APPLY = "run `tiering topics apply --policy FILE`"
REBUILD = "run `tiering rebuild`"
REFILL = f"fill it again if it lost records (`tiering backfill`), then {REBUILD}"


class Seen(NamedTuple):
    """A partition's own row, and what lies in the topics."""

    log: str
    """topic-partition."""
    number: int
    row: PartitionRow
    first: int
    """The first offset of the log, and the one after its last."""
    end: int
    begins: PolicyActivated | None
    """The log's record at offset 0, if that is a policy."""
    published: bool = False
    """There are profiles and no rows; asked when the row knows of no log."""


class Disagreement(NamedTuple):
    """What is not as it has to be, and what to do."""

    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what}: {self.do}"


def disagreement(seen: Seen, changelog: str) -> Disagreement | None:
    """Why the log can't be read on from where the rows are; None when it can."""
    name, row = seen.log, seen.row
    if row.rebuilding is not None:
        return Disagreement(f"a rebuild of partition {seen.number} is under way or was interrupted", f"{REBUILD} to its end")
    if seen.first > 0 or seen.end == 0:
        do = f"{APPLY} for a new log; if it was cut or deleted, restore it and {REBUILD}"
        return Disagreement(f"{name} does not begin with offset 0 and a policy", do)
    if seen.end < row.next:
        return Disagreement(f"{name} ends at {seen.end}, but the rows have read up to {row.next}", REFILL)
    if seen.begins is None:
        return Disagreement(f"{name} does not begin with a policy", APPLY)
    log_id = seen.begins.data.log_id
    if row.log_id not in (None, log_id):
        return Disagreement(f"{name} is another log ({log_id}) than the rows were made from ({row.log_id})", REFILL)
    if seen.published:
        what = f"partition {seen.number} has no rows in {changelog}, but profiles were published"
        return Disagreement(f"{what}: the changelog was deleted or cut", REBUILD)
    return None


async def check(reader: Reader, settings: Settings, tp: TP, partition: Partition) -> PolicyActivated:
    """The log's first record, when the rows are those of this log, or there are none and there never were any. Refusal."""
    seen = await _look(reader, settings, tp, partition.row)
    if (why := disagreement(seen, settings.topic(topics.CHANGELOG))) is not None or seen.begins is None:
        raise Refusal(str(why))
    return seen.begins


async def _look(reader: Reader, settings: Settings, tp: TP, row: PartitionRow) -> Seen:
    profiles, changelog = settings.topic(topics.CUSTOMER_PROFILES), settings.topic(topics.CHANGELOG)
    first, end = await reader.bounds(*tp)
    begins = activation_of((await reader.record(*tp, 0)).value) if first == 0 < end else None
    published = (
        row.log_id is None
        and await reader.holds_records(profiles, tp.partition)
        and not await reader.holds_records(changelog, tp.partition)  # else written since it was read: by the next owner
    )
    return Seen(f"{tp.topic}-{tp.partition}", tp.partition, row, first, end, begins, published)


async def profiles_are_lost(reader: Reader, settings: Settings, partition: Partition) -> bool:
    """Whether the rows say that profiles are out, and nothing was ever written into the topic that is there now."""
    if partition.row.profiled < 0 or partition.customers <= partition.quarantined:  # none of the quarantined goes out
        return False
    return (await reader.bounds(settings.topic(topics.CUSTOMER_PROFILES), partition.number))[1] == 0
