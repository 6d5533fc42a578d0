"""What is logged of partitions: policies, quarantine and release, dead letters by the minute, partitions in words."""

import dataclasses
import logging
from typing import Any

import pytest

from service.faust_safe.work import TP
from service.logs import dead_letter_lines
from service.logs.dead_letter_lines import DeadLetterLines
from service.logs.log_event import LOG
from service.logs.partition_news import PartitionNews
from service.partition import Partition
from service.partition_names import ranges
from service.quarantine import unquoted
from service.replay import LogRecord, activation_record
from tests import builders
from tests.compiled.pure import inside_is_changed
from tests.service.test_partition import POLICY, Log


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """Events and their fields."""
    found: list[tuple[str, dict[str, Any]]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((record.event, record.fields))  # type: ignore[attr-defined]

    monkeypatch.setattr(LOG, "handlers", [Handler()])
    monkeypatch.setattr(LOG, "level", logging.INFO)
    return found


def test_partitions_in_words() -> None:
    assert ranges([]) == "no partition"
    assert ranges([("b", 0), ("a", 3), ("a", 1), ("a", 2), ("a", 7)]) == "a 1-3, 7; b 0"


def test_one_line_for_all_partitions_under_a_policy_and_one_for_each_that_changes(said: list[tuple[str, dict[str, Any]]]) -> None:
    news = PartitionNews()
    partitions = [Partition(number, {}) for number in range(3)]
    for number, partition in enumerate(partitions):
        partition.apply([LogRecord(0, None, activation_record(POLICY, "log-1"))])
        news.begin(TP("log", number), partition)
    assert said == [("policy-in-force", {"partition": 0, "policy": "test@1"})]

    newer = dataclasses.replace(POLICY, version=2, text=POLICY.text.replace("version = 1", "version = 2"))
    partitions[1].apply([LogRecord(1, None, activation_record(newer, "log-1"))])
    for number, partition in enumerate(partitions):
        news.tell(TP("log", number), partition, [])
    assert said[1:] == [("policy-in-force", {"partition": 1, "policy": "test@2"})]


@inside_is_changed
def test_a_quarantine_is_told_by_its_place_never_by_the_customer(
    said: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.domain.customer import Customer

    log, news = Log(), PartitionNews()
    log.send(builders.order(0, 100, id="1", customer="c-canary"))
    news.begin(TP("log", 0), log.partition)
    with monkeypatch.context() as patch:
        patch.setattr(Customer, "fold", lambda self, *_: {}[self.id])
        effects = log.send(builders.interaction(1, "app-open", id="2", customer="c-canary"))
    news.tell(TP("log", 0), log.partition, [why for _, why in effects.quarantined])
    event, fields = said[-1]
    assert (event, fields["place"]) == ("customer-quarantined", "log-0@2")
    assert fields["reason"].startswith("KeyError at test_partition_news.py:")
    assert "canary" not in str(said)

    del log.stored[b"c-canary"]  # as a release ends it
    log.partition.state.waiting.quarantined.clear()
    news.tell(TP("log", 0), log.partition, [])
    news.tell(TP("log", 0), log.partition, [])
    assert said[-1] == ("quarantine-ended", {"partition": 0, "customers": 1})
    assert len(said) == 3


@pytest.mark.parametrize(
    ("reason", "short"),
    [
        ("KeyError('c-1') at rows.py:5", "KeyError at rows.py:5"),
        ("ValueError('a) (b') at rows.py:5", "ValueError at rows.py:5"),
        ("ValueError('cut " + "x" * 500, "ValueError"),
        ("UnicodeDecodeError('utf-8', b'c-1\\n', 0, 1, 'bad') at a.py:1", "UnicodeDecodeError at a.py:1"),
        ("DamagedRow('its checksum is wrong') at rows.py:63", "DamagedRow('its checksum is wrong') at rows.py:63"),
        (
            "his row would be of 300000 bytes, and at most 262144 are kept",
            "his row would be of 300000 bytes, and at most 262144 are kept",
        ),
        ("his row can't be written: OverflowError('c-1')", "his row can't be written: OverflowError"),
    ],
)
def test_a_reason_without_the_words_of_an_error(reason: str, short: str) -> None:
    assert unquoted(reason) == short


def test_dead_letters_are_told_at_once_and_then_once_a_minute(
    said: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("service.logs.dead_letter_lines.time.monotonic", lambda: now)
    lines = DeadLetterLines()
    lines.count("orders", "conflict", 2)
    for _ in range(50):
        lines.count("orders", "conflict", 1)
        lines.tell()
    lines.count("feedback", "conflict", 1)
    now += dead_letter_lines.SECONDS
    lines.tell()
    lines.tell()
    lines.count("orders", "conflict", 3)
    lines.tell_all()
    lines.tell_all()
    assert [(fields["topic"], fields["count"]) for _, fields in said] == [
        ("orders", 2),
        ("feedback", 1),
        ("orders", 50),
        ("orders", 3),
    ]
