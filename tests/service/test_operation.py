"""What a long command leaves in the log of operation: lines for programs, none where people read, last words when it fails."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from aiokafka.errors import KafkaConnectionError

from service.commands.operation import operation, why
from service.faust_safe.batches import Refusal
from service.log_mismatch import LogMismatch
from service.logs import log_events
from service.logs.log_event import LOG
from service.settings import Settings

SECRET = "c-canary"


def told(style: Literal["auto", "human", "json"], directory: Path) -> None:
    """A backfill begins and breaks off."""
    settings = replace(Settings(), log=style, termination_log=directory / "last-words")
    settings.termination_log.touch()
    with operation(settings, "backfill"):
        log_events.BACKFILL_BEGUN(files=2, lines=30, line=0)
        log_events.BACKFILL_STOPPED(line=12, lines=30, reason="it was told to stop")


@pytest.mark.parametrize("style", ["json", "auto"])
def test_programs_read_lines_of_the_closed_list(
    style: Literal["json", "auto"], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(style, tmp_path)  # the tests' stderr is no terminal
    begun, stopped = map(json.loads, capsys.readouterr().err.splitlines())
    assert (begun["role"], begun["event"], begun["files"], begun["lines"]) == ("backfill", "backfill-begun", 2, 30)
    assert (stopped["level"], stopped["event"], stopped["line"]) == ("critical", "backfill-stopped", 12)
    assert stopped["next_step"].startswith("start it again with the same files")


@pytest.mark.parametrize("style", ["human", "auto"])
def test_people_have_the_words_of_the_command(
    style: Literal["human", "auto"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    told(style, tmp_path)
    assert capsys.readouterr().err == ""


def test_a_container_that_failed_has_its_last_words(tmp_path: Path) -> None:
    told("human", tmp_path)
    said = (tmp_path / "last-words").read_text()
    assert said.startswith("the backfill has stopped at line 12 of 30: it was told to stop\nstart it again with the same files")


def test_afterwards_all_is_as_before(tmp_path: Path) -> None:
    def state() -> object:
        handlers = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
        return list(LOG.handlers), LOG.level, handlers

    before = state()
    told("json", tmp_path)
    assert state() == before


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["in-front", "in-the-background-of-a-script"])
def started(request: pytest.FixtureRequest) -> Iterator[None]:
    """Processes in the background of a script are started so that they ignore SIGINT."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("started")
def test_the_stop_of_a_container_breaks_it_off_as_people_do(tmp_path: Path) -> None:
    async def works() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt), operation(replace(Settings(), termination_log=tmp_path / "none"), "rebuild"):
        asyncio.run(works())


def test_ctrl_c_is_not_for_what_a_script_started_in_the_background(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with operation(replace(Settings(), termination_log=tmp_path / "none"), "rebuild"):
        os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyboardInterrupt(), "it was told to stop"),
        (asyncio.CancelledError(), "it was told to stop"),
        (Refusal("run `tiering topics apply`"), "run `tiering topics apply`"),
        (KafkaConnectionError("no broker"), "KafkaConnectionError: no broker"),
        (LogMismatch(f"what is published of {SECRET} is no profile"), "LogMismatch"),
    ],
)
def test_why_it_broke_off_quotes_no_customer(error: BaseException, words: str) -> None:
    assert why(error) == words
