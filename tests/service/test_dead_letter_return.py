"""What goes back, where to and with which headers, and what stays because it would be refused again; without Kafka."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from schemas import codec
from schemas.dead_letters import Code, headers_for, replay_headers
from service.commands.dead_letters import command
from service.dead_letters.letters import Letter, Letters
from service.dead_letters.sending_back import Return
from service.dead_letters.verdict import refused_again
from service.domain.policy_file import parse_policy
from service.partitioner import partition_for
from service.replay import activation_record
from service.settings import Settings
from tests.builders import POLICY, order
from tests.service.test_dead_letters import DeadLetter
from tests.service.test_dead_letters import refused as by_intake

SETTINGS = Settings(topic_prefix="p.", partitions=5)
COUNTS = {"p.orders": 2, "p.customer-activity": 5}
BACK = Return(SETTINGS, "USD", COUNTS)
GOOD = order(1, 100, id="1", customer="c-7")


def letter(record: Any) -> Letter:
    letters = Letters()
    letters.add_refused(record)
    [found] = letters
    return found


def refused(value: bytes | None, code: Code = Code.FUTURE_EVENT, topic: str = "p.orders", **changes: Any) -> DeadLetter:
    headers = [("trace", b"1"), *headers_for(topic, 3, 77, code, "a reason")]
    return replace(DeadLetter(9, topic=f"{topic}.dlt", partition=1, value=value, headers=headers), **changes)


def activity(value: bytes = GOOD) -> bytes:
    return codec.encode_activity(codec.decode_event(value))


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (refused(GOOD), None),
        (refused(GOOD.replace(b"USD", b"EUR")), "unknown-currency"),
        (refused(GOOD.replace(b"2024", b"9998")), "future-event"),
        (refused(None), "malformed-json"),
        (refused(b"x" * 300_000), "too-large"),
        (refused(GOOD.replace(b'"c-7"', b"null")), None),
        (refused(activity(), Code.CUSTOMER_QUARANTINED, "p.customer-activity"), None),
        (refused(activity(), Code.TOO_LATE, "p.customer-activity"), "too-late"),
        (refused(activity(), Code.CONFLICT, "p.customer-activity"), "conflict"),
        (refused(b"{", Code.MALFORMED_JSON, "p.customer-activity"), "malformed-json"),
    ],
)
def test_what_would_be_refused_again(record: DeadLetter, code: str | None) -> None:
    again = refused_again(letter(record), record, "p.customer-activity", "USD")
    assert (None if again is None else again.code) == code


def test_a_control_record_is_not_sent_into_the_log_again() -> None:
    value = activation_record(parse_policy(POLICY), "log", datetime.now(UTC))
    record = refused(value, Code.UNKNOWN_TYPE, "p.customer-activity")
    again = refused_again(letter(record), record, "p.customer-activity", "USD")
    assert again is not None
    assert "control record" in again.message


def test_a_producers_record_goes_back_as_it_came_and_says_which_letter_it_was() -> None:
    record = refused(GOOD)
    out = BACK.outgoing(letter(record), record)
    assert (out.topic, out.partition, out.key, out.value) == ("p.orders", 3 % 2, b"till-1", GOOD)
    assert out.headers == [("trace", b"1"), *replay_headers("p.orders.dlt-1@9", 1)]
    assert out.timestamp is None  # an old one might be removed with its segment before it is read


def test_an_activity_goes_to_its_customers_partition() -> None:
    record = refused(activity(), Code.CUSTOMER_QUARANTINED, "p.customer-activity", key=b"c-7")
    out = BACK.outgoing(letter(record), record)
    assert (out.topic, out.partition) == ("p.customer-activity", partition_for(b"c-7", 5))


def test_what_was_sent_back_before_keeps_its_name_and_counts_on() -> None:
    record = by_intake(4, back=("orders.dlt-0@0", 2))
    out = Return(Settings(), "USD", {"orders": 4}).outgoing(letter(record), record)
    assert out.headers == [("trace", b"1"), *replay_headers("orders.dlt-0@0", 3)]


@pytest.mark.parametrize("also_refused", [False, True])
async def test_a_dry_run_says_what_would_go_and_what_would_stay(also_refused: bool) -> None:
    records = [refused(GOOD), refused(None)]

    async def stored() -> AsyncIterator[tuple[Letter, Any]]:
        for record in records:
            yield letter(record), record

    back = Return(SETTINGS, "USD", COUNTS, also_refused=also_refused)
    answers = [answer async for answer in back.look(stored())]
    assert [answer.to is not None for answer in answers] == [True, also_refused]
    assert [answer.refused is not None for answer in answers] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["list"], 3, "Kafka at 127.0.0.1:1 does not answer"),
        (["show", "nonsense"], 2, "is no place in Kafka"),
        (["replay", "--letter", "nonsense"], 2, "is no place in Kafka"),
        (["list", "--code", "nonsense"], 2, "customer-quarantined"),
        (["list", "--since", "nonsense"], 2, "is no moment"),
        (["replay", "--dry-run"], 3, "does not answer"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_an_exit_code(arguments: list[str], code: int, said: str) -> None:
    result = CliRunner().invoke(command, arguments, env={"TIERING_KAFKA": "127.0.0.1:1"})
    assert (result.exit_code, said in result.stderr, result.stdout) == (code, True, ""), result.stderr
