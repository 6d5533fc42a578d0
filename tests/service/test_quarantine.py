"""A damaged row: its customer is quarantined, and nobody else."""

from service import rows
from service.partition import Partition
from service.replay import LogRecord, Replay
from tests import builders


def with_a_damaged_row() -> Replay:
    replay = Replay(builders.POLICY)
    replay.feed(builders.order(3, 250, id="1", customer="a"))
    replay.feed(builders.order(3, 250, id="2", customer="b"))
    stored = dict(replay.partition.stored)
    stored[b"a"] = stored[b"a"][:-1] + bytes([stored[b"a"][-1] ^ 1])
    replay.partition = Partition(0, stored)
    return replay


def test_his_records_become_dead_letters_and_the_others_go_on() -> None:
    replay = with_a_damaged_row()
    before = replay.partition.stored[b"a"]
    records = [
        LogRecord(offset, customer.encode(), builders.order(4, 300, id=f"{offset}", customer=customer))
        for offset, customer in [(3, "a"), (4, "b"), (5, "a")]
    ]

    effects = replay.partition.apply(records)

    assert [(letter.record.offset, letter.code) for letter in effects.dead_letters] == [
        (3, "customer-quarantined"),
        (5, "customer-quarantined"),
    ]
    assert {key for _, key, _ in effects.announcements} == {b"b"}
    assert effects.rows[b"a"] == bytes([rows.QUARANTINED]) + before


def test_a_review_finds_it_too_and_a_restart_remembers() -> None:
    replay = with_a_damaged_row()

    replay.tick(builders.FIRST)
    again = Partition(0, dict(replay.partition.stored))

    assert again.stored[b"a"][0] == rows.QUARANTINED
    assert again.apply([LogRecord(again.next, b"a", builders.order(5, 1, id="9", customer="a"))]).dead_letters
    assert [customer for customer, _ in again.profiles(again.clock.day)] == ["b"]
