"""Where a rebuild starts and how far it reads."""

import pytest

from schemas import codec
from schemas.control import PolicyActivated
from service.activity_log import ActivityLog
from service.domain.policy_file import parse_policy
from service.rebuild.start import agrees, goes_on, reads_until, row_of, was_read
from service.replay import activation_record
from service.rows.partition_row import PartitionRow
from tests import builders

OTHER_FRAME = builders.POLICY.replace("version = 1", "version = 2").replace("late_days = 60", "late_days = 61")


def log(*texts: str, end: int = 100, holes: tuple[tuple[int, int], ...] = ()) -> ActivityLog:
    events = [codec.decode_activity(activation_record(parse_policy(text), "log-1")) for text in texts or (builders.POLICY,)]
    return ActivityLog("log", 0, end, [event for event in events if isinstance(event, PolicyActivated)], holes)


def row(log_id: str | None = "log-1", following: int = 40, rebuilding: int | None = None) -> PartitionRow:
    return PartitionRow(log_id=log_id, next=following, policy=builders.POLICY, rebuilding=rebuilding)


@pytest.mark.parametrize(
    ("found", "committed", "expected"),
    [
        (row(), 7, 40),
        (row(following=400), 7, 100),  # the log has lost its end
        (row(rebuilding=60), 7, 60),
        (row("log-0"), 40, 0),
        (row(None), 40, 40),
        (None, 40, 40),
        (None, 101, 0),  # of a log before
        (None, 0, 0),
    ],
)
def test_what_had_been_read_is_known_by_the_row_else_by_the_group(
    found: PartitionRow | None, committed: int, expected: int
) -> None:
    assert was_read(found, committed, log()) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [(row(), True), (row(following=101), False), (row(rebuilding=60), False), (row("log-0"), False), (None, False)],
)
def test_a_worker_goes_on_with_whole_rows_of_this_log(found: PartitionRow | None, expected: bool) -> None:
    assert agrees(found, log()) is expected


@pytest.mark.parametrize(
    ("found", "texts", "expected"),
    [
        (None, (), False),
        (row(), (), False),
        (row(rebuilding=60), (), True),
        (row(rebuilding=0), (), True),
        (row("log-0", rebuilding=60), (), False),
        (row(following=101, rebuilding=60), (), False),
        (row(rebuilding=60), (builders.POLICY, OTHER_FRAME), False),
    ],
)
def test_it_goes_on_only_with_rows_of_this_log_under_its_policies(
    found: PartitionRow | None, texts: tuple[str, ...], expected: bool
) -> None:
    assert goes_on(found, log(*texts)) is expected


@pytest.mark.parametrize(
    ("read", "holes", "expected"),
    [(40, (), 40), (0, (), 100), (40, ((3, 5),), 40), (40, ((3, 5), (70, 80)), 80)],
)
def test_it_reads_what_had_been_read_and_past_the_last_hole(read: int, holes: tuple[tuple[int, int], ...], expected: int) -> None:
    assert reads_until(read, log(holes=holes)) == expected


def test_a_row_that_is_damaged_or_of_a_later_version_tells_nothing() -> None:
    later = PartitionRow(log_id="log-1", version=99)

    assert row_of(0, None) is None
    assert row_of(0, b"\xc1") is None
    assert row_of(0, later.encode()) is None
    assert row_of(0, row().encode()) == row()
