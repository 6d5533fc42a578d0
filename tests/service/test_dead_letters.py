"""Letters from records of dead-letter topics, in any order; which are asked for; how they are said."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from schemas.dead_letters import Code, carried_headers, headers_for, own_headers, replay_headers
from service.commands import dead_letter_words as words
from service.commands.moments import Moment
from service.dead_letters.letters import Letter, Letters, Replay
from service.dead_letters.refused_record import NO_CODE
from service.dead_letters.selection import Selection, groups
from service.place import Place
from tests.builders import order

NOON = 1_700_000_000_000


@dataclass(frozen=True)
class DeadLetter:
    """A record of a dead-letter topic."""

    offset: int = 0
    topic: str = "orders.dlt"
    partition: int = 0
    timestamp: int = NOON
    key: bytes | None = b"till-1"
    value: bytes | None = order(0, 100, id="1", customer="c-7")
    headers: list[tuple[str, Any]] = field(default_factory=list)


def refused(offset: int, *, source: int = 5, code: Code = Code.FUTURE_EVENT, back: tuple[str, int] | None = None) -> DeadLetter:
    """A record as intake refuses it; `back`: the letter it was, how often it had been sent back."""
    headers = [("trace", b"1"), *(replay_headers(*back) if back else ())]
    return DeadLetter(
        offset,
        timestamp=NOON + source,
        headers=[*headers, *headers_for("orders", 2, source, code, f"a reason of {code}")],
    )


def letters(*records: DeadLetter, replays: tuple[Replay, ...] = ()) -> list[Letter]:
    found = Letters()
    for replay in replays:
        found.add_replay(replay.encode())
    for record in records:
        found.add_refused(record)
    return list(found)


def sent_back(attempt: int, letter: str = "orders.dlt-0@0") -> Replay:
    return Replay(letter=letter, attempt=attempt, at=datetime(2026, 1, 1, tzinfo=UTC), to="orders-2@9")


def test_a_letter_says_what_its_headers_say() -> None:
    [letter] = letters(refused(3))
    assert letter.place == Place("orders.dlt", 0, 3)
    refusal = letter.latest
    assert (refusal.topic, refusal.code, refusal.message) == ("orders", "future-event", "a reason of future-event")
    assert (refusal.source, refusal.customer, refusal.timestamp) == (Place("orders", 2, 5), "c-7", NOON + 5)
    assert (letter.attempts, letter.replays, letter.open) == (1, 0, True)


def test_refusals_of_one_event_are_one_letter_in_any_order() -> None:
    chain = [
        refused(0, source=5),
        refused(4, source=9, back=("orders.dlt-0@0", 1), code=Code.CONFLICT),
        refused(6, source=12, back=("orders.dlt-0@0", 2), code=Code.TOO_LATE),
    ]
    for order_ in itertools.permutations(chain):
        [letter] = letters(*order_)
        assert letter.place == Place("orders.dlt", 0, 0)
        assert (letter.latest.place.offset, letter.latest.code, letter.attempts, letter.since) == (6, "too-late", 3, NOON + 5)


def test_a_record_that_intake_refused_twice_is_one_letter_and_other_records_are_others() -> None:
    assert [letter.attempts for letter in letters(refused(0), refused(1))] == [1]
    assert len(letters(refused(0, source=5), refused(1, source=6))) == 2
    assert len(letters(refused(0), replace(refused(1), value=b"other"))) == 2  # of a topic that was made anew
    assert len(letters(DeadLetter(0), DeadLetter(1))) == 2


@pytest.mark.parametrize(
    ("refusals", "replay", "is_open"),
    [
        ([refused(0)], None, True),
        ([refused(0)], sent_back(1), False),
        ([refused(0), refused(1, back=("orders.dlt-0@0", 1))], sent_back(1), True),
        ([refused(0), refused(1, back=("orders.dlt-0@0", 1))], sent_back(2), False),
        ([refused(0), refused(1, back=("orders.dlt-0@0", 1))], None, True),  # stopped before it could be noted
    ],
)
def test_a_letter_is_open_until_it_is_sent_back_and_again_when_it_is_refused(
    refusals: list[DeadLetter], replay: Replay | None, is_open: bool
) -> None:
    [letter] = letters(*refusals, replays=() if replay is None else (replay,))
    assert letter.open is is_open


def test_of_what_was_sent_back_the_last_time_counts() -> None:
    [letter] = letters(refused(0), replays=(sent_back(2), sent_back(1)))
    assert letter.replays == 2


@pytest.mark.parametrize(
    "headers",
    [
        [("tiering.replay.letter", b"nonsense"), ("tiering.replay.attempt", b"1")],
        [("tiering.replay.letter", b"orders.dlt-0@0")],
        [("tiering.replay.letter", b"orders.dlt-0@0"), ("tiering.replay.attempt", b"-1")],
        [("tiering.replay.letter", b"orders.dlt-0@0"), ("tiering.replay.attempt", b"9" * 5_000)],
        [("tiering.replay.letter", None), ("tiering.replay.attempt", b"\xff")],
    ],
)
def test_what_producers_write_into_our_headers_makes_a_letter_of_its_own(headers: list[tuple[str, Any]]) -> None:
    [letter] = letters(DeadLetter(8, headers=headers))
    assert (letter.place.offset, letter.attempts, letter.latest.code) == (8, 1, NO_CODE)


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"subject": 7}'])
def test_any_value_is_a_letter(value: bytes | None) -> None:
    record = replace(refused(0), value=value)
    [letter] = letters(record)
    assert letter.latest.customer is None
    assert "\n".join(words.page(letter, record))
    assert words.whole(letter, record)["letter"] == "orders.dlt-0@0"


def test_a_customer_in_binary_mode_is_found() -> None:
    [letter] = letters(DeadLetter(value=b"{}", headers=[("ce_subject", b"c-8")]))
    assert letter.latest.customer == "c-8"


def test_a_note_that_is_none_is_passed_over() -> None:
    found = Letters()
    found.add_replay(b"{")
    assert list(found) == []


def test_headers_that_we_added_are_told_from_a_records_own() -> None:
    record = refused(0, back=("orders.dlt-0@0", 1))
    assert own_headers(record.headers) == [("trace", b"1")]
    assert carried_headers(record.headers) == replay_headers("orders.dlt-0@0", 1)


@pytest.mark.parametrize(
    ("selection", "taken"),
    [
        (Selection(), True),
        (Selection(topics=("orders",)), True),
        (Selection(topics=("feedback",)), False),
        (Selection(codes=("conflict", "future-event")), True),
        (Selection(codes=("conflict",)), False),
        (Selection(customer="c-7"), True),
        (Selection(customer="c"), False),
        (Selection(text="A REASON"), True),
        (Selection(text="another"), False),
        (Selection(since=datetime.fromtimestamp(NOON / 1000, UTC)), True),
        (Selection(since=datetime.fromtimestamp(NOON / 1000 + 1, UTC)), False),
        (Selection(until=datetime.fromtimestamp(NOON / 1000 + 1, UTC)), True),
        (Selection(until=datetime.fromtimestamp(NOON / 1000, UTC)), False),
    ],
)
def test_a_selection_takes_letters(selection: Selection, taken: bool) -> None:
    [letter] = letters(refused(0))
    assert selection.takes(letter) is taken


def test_groups_are_counted_the_largest_first_with_the_newest_as_example() -> None:
    conflict = refused(3, source=8, code=Code.CONFLICT)
    found = groups(letters(conflict, refused(0, source=5), refused(1, source=9), refused(2, source=7)))
    assert [(group.code, group.count, group.since - NOON, group.example.place.offset) for group in found] == [
        ("future-event", 3, 5, 1),
        ("conflict", 1, 8, 3),
    ]


def test_nothing_of_a_letter_moves_the_readers_cursor() -> None:
    record = replace(refused(0), value=b"\x1b[2Jgone\x07\nnext", key=b"\x1b]0;title\x07", headers=[("a\rb", b"\x1b[1A")])
    [letter] = letters(record)
    text = "\n".join([*words.page(letter, record), *words.table(groups([letter])), *words.lines([letter])])
    assert all(sign.isprintable() or sign == "\n" for sign in text)


def test_a_timestamp_may_be_anything() -> None:
    [letter] = letters(replace(refused(0), timestamp=1 << 62))
    assert list(words.lines([letter]))


def test_moments() -> None:
    def convert(text: str) -> datetime:
        return Moment().convert(text, None, None)

    assert convert("2026-11-26") == datetime(2026, 11, 26, tzinfo=UTC)
    assert convert("2026-11-26T03:00+08:00") == datetime(2026, 11, 25, 19, tzinfo=UTC)
    assert abs(datetime.now(UTC) - timedelta(hours=2) - convert("2h")) < timedelta(minutes=1)
    for wrong in ("", "yesterday", "2x", "999999w"):
        with pytest.raises(click.UsageError, match="is no moment"):
            convert(wrong)


@pytest.mark.parametrize("text", ["orders.dlt-0@17", "a-b.dlt-12@0"])
def test_a_place_is_read_as_it_is_written(text: str) -> None:
    assert str(Place.parse(text)) == text


@pytest.mark.parametrize("text", ["", "orders.dlt", "orders.dlt-0", "orders.dlt@1", "orders.dlt-0@x", "orders.dlt--1@2x"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="topic-partition@offset"):
        Place.parse(text)
