"""Where the rebuild of a partition starts and how far it reads: what its own row, the group and the log say of that."""

from collections.abc import Mapping

from service import erasures
from service.activity_log import ActivityLog
from service.log_mismatch import LogMismatch
from service.policy_history import read_policy
from service.rows import partition_row
from service.rows.partition_row import PartitionRow


def row_of(number: int, row: bytes | None) -> PartitionRow | None:
    """The partition's own row; None for a damaged one too, or one of a later version."""
    try:
        return None if row is None else partition_row.read(number, row)
    except LogMismatch:
        return None


def erased(rows: Mapping[bytes, bytes], row: PartitionRow | None, log: ActivityLog) -> dict[bytes, bytes]:
    """What is kept of those who were erased, which no rebuild takes away.

    The log alone does not know up to which number they were told things by rows that an earlier rebuild had made, and one that
    was brought back from a copy may not know that they were erased at all.
    """
    kept = {key: each for key, each in rows.items() if key[:1] == b"\0" and len(key) == erasures.KEY_BYTES}
    known = log.end if row is not None and row.log_id == log.log_id else 0
    return {key: found for key, each in kept.items() if (found := erasures.within(each, known)) is not None}


def agrees(row: PartitionRow | None, log: ActivityLog) -> bool:
    """Whether a worker could go on with the rows."""
    return row is not None and row.rebuilding is None and row.log_id == log.log_id and row.next <= log.end


def goes_on(row: PartitionRow | None, log: ActivityLog) -> bool:
    """Whether the rows are those of an interrupted rebuild of the log as it is to be read now.

    Before the first record was read some of the rows before may be left.
    """
    if (
        row is None
        or not row.next
        or row.rebuilding is None
        or row.policy is None
        or row.log_id != log.log_id
        or row.next > log.end
    ):
        return False
    return read_policy(row.policy, log.partition).version >= log.begins_under.data.version


def was_read(row: PartitionRow | None, told: int, log: ActivityLog) -> int:
    """Up to which offset the log had been read when its rows were lost; 0: not at all, or nobody knows.

    `told`: what else tells it, which is asked when there is no row.
    """
    if row is None or row.log_id is None:
        return told if told <= log.end else 0
    read = row.next if row.rebuilding is None else row.rebuilding
    return min(read, log.end) if row.log_id == log.log_id else 0


def reads_until(read: int, log: ActivityLog) -> int:
    """Up to which offset a rebuild reads: as far as the log had been read, for the rest is for the workers to announce.

    Where that is not known, to the end; and past the last hole, which no worker passes.
    """
    return max([read or log.end, *(following for _, following in log.holes)])
