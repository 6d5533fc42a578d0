"""Log lines in both forms: what is in them, what never is, and that nothing breaks out of its line."""

import asyncio
import json
import logging
import string
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka.errors import ProducerFenced

from service.faust_safe import batches
from service.faust_safe.batches import Refusal
from service.faust_safe.membership import Forgotten
from service.faust_safe.work import Hole
from service.logs import log_events, log_lines
from service.logs.log_event import LOG, LogEvent
from service.logs.log_lines import HumanLines, JsonLines, Library
from service.logs.termination_log import MOST_BYTES, TerminationLog

SECRET = "c-canary"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[logging.LogRecord]:
    """The records that the service logs."""
    found: list[logging.LogRecord] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", found.append)
    monkeypatch.setattr(LOG, "handlers", [handler])
    monkeypatch.setattr(LOG, "level", logging.INFO)
    return found


def parsed(record: logging.LogRecord) -> dict[str, object]:
    """A record as a JSON line."""
    line: dict[str, object] = json.loads(JsonLines("intake").format(record))
    return line


def raised(act: Callable[[], object]) -> BaseException:
    """What that raises."""
    try:
        act()
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError


def of_library(name: str, words: object, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    """A record that a library made."""
    trace = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, "f", 1, words, arguments, trace)


def test_a_line_has_its_event_its_fields_and_the_next_step(lines: list[logging.LogRecord]) -> None:
    log_events.DEAD_LETTERS(topic="orders", code="conflict", count=3)
    line = parsed(lines[0])
    assert str(line.pop("time")).endswith("Z")
    assert str(line.pop("next_step")).startswith("`tiering dead-letters list --code conflict`")
    assert line == {
        "level": "warning",
        "role": "intake",
        "event": "dead-letters",
        "message": "orders: 3 refused, conflict",
        "topic": "orders",
        "code": "conflict",
        "count": 3,
    }


def test_no_field_takes_the_place_of_what_every_line_has(lines: list[logging.LogRecord]) -> None:
    LogEvent("odd", logging.INFO, "odd", "Odd.")(level="x", message="y", more={1})
    assert [parsed(lines[0])[name] for name in ("level", "message", "more")] == ["info", "odd", [1]]


def test_people_read_columns_and_the_next_step_behind_an_arrow(lines: list[logging.LogRecord]) -> None:
    log_events.RECOVERED(rows=3, seconds=0.25)
    log_events.REDIS_AWAY(reason="Timeout")
    info, warning = (HumanLines("intake").format(each).split("Z", 1)[1] for each in lines)
    assert info == "  info      intake      recovered 3 rows in 0.25 s"
    assert warning.startswith(
        "  warning   intake      Redis does not answer (Timeout): waiting for it; the stream goes on -> bring "
    )


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("no_colour", ["", "1"])
@pytest.mark.parametrize("style", ["auto", "human", "json"])
def test_colours_are_for_terminals_and_json_for_all_else(
    lines: list[logging.LogRecord], style: log_lines.Style, terminal: bool, no_colour: str
) -> None:
    log_events.REDIS_AWAY(reason="Timeout")
    line = log_lines.formatter(style, "intake", terminal=terminal, environ={"NO_COLOR": no_colour}).format(lines[0])
    assert ("\x1b[33m" in line) == (terminal and not no_colour and style != "json")
    assert line.startswith("{") == (style == "json" or (style == "auto" and not terminal))


def test_nothing_breaks_out_of_a_human_line(lines: list[logging.LogRecord]) -> None:
    evil = "x\n2026-01-01  info  forged\r\x1b[2K\x9b2K\u2028\u202e\x00"
    log_events.REFUSED(reason=evil)
    line = HumanLines("intake").format(lines[0])
    assert line.isprintable()
    assert r"x\n2026-01-01  info  forged\r\x1b[2K\x9b2K\u2028\u202e\x00" in line
    assert parsed(lines[0])["message"] == f"refused: {evil}"


def test_an_error_shows_its_way_but_no_words_that_may_quote_an_event(lines: list[logging.LogRecord]) -> None:
    def fail() -> None:
        try:
            dict[str, int]()[SECRET]
        except KeyError as error:
            raise ValueError(f"{SECRET} again") from error

    batches.last_words(raised(fail))
    line = parsed(lines[0])
    assert (line["event"], line["message"]) == ("leaving", "leaving: ValueError")
    assert str(line["error"]).splitlines()[-1] == "ValueError"
    assert "KeyError\n" in str(line["error"])
    assert "test_log_lines.py" in str(line["error"])
    human = HumanLines("intake").format(lines[0])
    assert SECRET not in json.dumps(line) + human
    assert human.count("\n") == str(line["error"]).count("\n") + 1


@pytest.mark.parametrize(
    ("reason", "event", "words"),
    [
        (Refusal("the topic x is missing: do y"), "refused", "refused: the topic x is missing: do y"),
        (Hole("records are missing"), "refused", "refused: records are missing"),
        (ProducerFenced(), "fenced", "ProducerFenced"),
        (Forgotten("the group g has not heard of a-0"), "forgotten", "leaving: the group g has not heard of a-0, and gives"),
        (ConnectionError("broker gone"), "leaving", "leaving: ConnectionError: broker gone"),
        ("a batch did not finish in 20 s", "leaving", "leaving: a batch did not finish in 20 s"),
        (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, "bad"), "leaving", "leaving: UnicodeDecodeError"),
        (MemoryError(), "leaving", "leaving: MemoryError"),
    ],
)
def test_why_a_process_ends(lines: list[logging.LogRecord], reason: BaseException | str, event: str, words: str) -> None:
    batches.last_words(reason)
    line = parsed(lines[0])
    assert line["event"] == event
    assert words in str(line["message"])
    assert line["next_step"]
    assert SECRET not in json.dumps(line)


def test_what_libraries_log_quotes_no_event() -> None:
    error = KeyError(SECRET)
    said = [
        of_library("mode", "Crashed reason=%r", error, error=error),
        of_library("mode", "%s: %s", "x", ValueError(SECRET)),
        of_library("faust", error),
        of_library("asyncio", f"Task exception was never retrieved\nfuture: <Task exception=KeyError('{SECRET}')>", error=error),
    ]
    library = Library()
    assert all(library.filter(each) for each in said)
    text = "\n".join(form.format(each) for each in said for form in (JsonLines("intake"), HumanLines("intake")))
    assert SECRET not in text
    assert "mode: Crashed reason=KeyError" in text
    assert "asyncio: Task exception was never retrieved" in text
    assert parsed(said[0])["event"] == "library"


def test_the_same_words_of_a_library_come_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("service.logs.log_lines.time.monotonic", lambda: now)
    library = Library()
    passed = [library.filter(of_library("aiokafka", "no node %d", number)) for number in range(20)]
    assert passed.count(True) == log_lines.SAME
    assert library.filter(of_library("aiokafka", "something else"))
    now += log_lines.SAME_SECONDS
    late = of_library("aiokafka", "no node %d", 20)
    assert library.filter(late)
    assert late.getMessage() == f"no node 20 (and {20 - log_lines.SAME} more like it before)"


def test_the_services_own_lines_always_come(lines: list[logging.LogRecord]) -> None:
    for _ in range(20):
        log_events.READY(partitions="x 0")
    assert all(map(Library().filter, lines))


@pytest.mark.parametrize("event", log_events.EVENTS, ids=lambda event: event.name)
def test_every_event_has_a_meaning_and_a_next_step_where_somebody_must_act(event: LogEvent) -> None:
    assert event.meaning.endswith(".")
    assert event.name == event.name.lower().replace(" ", "-")
    if event.level >= logging.ERROR and event is not log_events.STOP_HANGS:
        assert event.next_step


def test_the_names_of_events_are_a_closed_list() -> None:
    assert len({event.name for event in log_events.EVENTS}) == len(log_events.EVENTS)
    assert " ".join(event.name for event in log_events.EVENTS) == (
        "starting listening running partitions-taken partitions-left recovery-begun recovery-ended ready stopping stopped"
        " policy-in-force policy-takes-over policy-file-older profiles-again day-begun tick-failed customer-quarantined"
        " quarantine-ended dead-letters reading-again kafka-away kafka-back redis-away redis-back query-starting query-listening"
        " query-waits query-ready look-up-failed certificate-renewed certificate-unreadable profiles-shorter"
        " refused not-reachable forbidden fenced forgotten leaving stop-hangs rebuild-begun"
        " partition-rebuilt rebuild-ended rebuild-stopped backfill-begun backfill-ended backfill-stopped"
    )


def test_the_last_words_go_to_the_termination_log_if_it_is_there(tmp_path: Path, lines: list[logging.LogRecord]) -> None:
    there, missing = tmp_path / "there", tmp_path / "missing"
    there.write_text("what was before " * 1000)
    log_events.READY(partitions="x 0")
    batches.last_words(Refusal("the topic x is missing: run y"))
    log_events.LEAVING(reason="ü" * 5000)
    for path in (there, missing, tmp_path):
        handler = TerminationLog(path)
        logger = logging.Logger("other")
        logger.addHandler(handler)
        for record in lines[:2]:
            logger.handle(record)
    assert there.read_text() == "refused: the topic x is missing: run y\ndo what the sentence says, then start again"
    TerminationLog(there).emit(lines[2])
    assert len(there.read_bytes()) == MOST_BYTES
    assert not missing.exists()


def test_configured_it_is_one_stream_with_all_of_that(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = logging.root.handlers[:], logging.root.level
    try:
        log_lines.configure("json", "intake", tmp_path / "none")
        log_events.READY(partitions="x 0")
        logging.getLogger("service.role_app").info("[^RoleApp]: Starting...")
        logging.getLogger("library").info("joined")
        logging.getLogger("library").warning("left")
    finally:
        logging.captureWarnings(False)
        logging.root.handlers[:], _ = kept
        logging.root.setLevel(kept[1])
    out = capsys.readouterr()
    assert out.out == ""
    assert [json.loads(line)["message"] for line in out.err.splitlines()] == ["ready, with x 0", "library: left"]


def test_a_note_says_where_a_lane_failed(lines: list[logging.LogRecord]) -> None:
    error = raised(lambda: asyncio.run(_failing()))
    error.add_note("(in log-3)")
    batches.last_words(error)
    assert str(parsed(lines[0])["error"]).endswith("ZeroDivisionError (in log-3)")
    assert sys.exc_info()[0] is None


async def _failing() -> float:
    return 1 / 0


def test_no_event_has_a_field_of_a_name_that_every_line_has() -> None:
    taken = {"time", "level", "role", "event", "message", "next_step", "error"} - {"role"}
    named = {name for event in log_events.EVENTS for _, name, _, _ in string.Formatter().parse(event.text) if name}
    assert not named & taken
