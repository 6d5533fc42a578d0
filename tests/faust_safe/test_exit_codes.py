"""How a process ends: what it must not work on is told in a sentence, anything else is for the log."""

import asyncio
import logging
import os
from unittest.mock import Mock

import pytest
from aiokafka.errors import ProducerFenced

from service.exit_codes import BROKEN, WRONG_USE
from service.faust_safe.batches import BatchApp, Refusal
from service.faust_safe.cluster import Cluster
from service.faust_safe.membership import Forgotten, named
from service.faust_safe.memory import end_without_memory
from service.faust_safe.work import Hole


@pytest.mark.parametrize(
    ("reason", "code", "told"),
    [
        (Refusal("say so"), WRONG_USE, "refused: say so"),
        (Hole("say so"), WRONG_USE, "refused: say so"),
        (Forgotten("say so"), BROKEN, "leaving: say so, and gives its partitions to others"),
        (ValueError("say so"), BROKEN, "leaving: ValueError"),
        ("say so", BROKEN, "leaving: say so"),
    ],
)
def test_what_is_refused_is_told_and_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reason: BaseException | str, code: int, told: str
) -> None:
    left = Mock()
    monkeypatch.setattr(os, "_exit", left)

    BatchApp.die(Mock(), reason)

    left.assert_called_once_with(code)
    assert caplog.messages == [told]


@pytest.mark.parametrize(("replaced", "code", "told"), [(True, WRONG_USE, "has taken the name a-0"), (False, BROKEN, "leaving:")])
def test_whose_transaction_was_fenced_is_not_started_again_when_another_has_his_name(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, replaced: bool, code: int, told: str
) -> None:
    left = Mock(side_effect=SystemExit)
    monkeypatch.setattr(os, "_exit", left)
    app = BatchApp("g", Cluster(["127.0.0.1:1"]), **named("a-0"))
    monkeypatch.setattr(app, "consumer", Mock(is_replaced=lambda: replaced))

    with pytest.raises(SystemExit):
        app.die(ProducerFenced())

    left.assert_called_once_with(code)
    assert told in caplog.text


def test_it_ends_also_when_there_is_no_memory_for_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    left = Mock(side_effect=SystemExit)
    monkeypatch.setattr(os, "_exit", left)
    monkeypatch.setattr(logging, "shutdown", Mock(side_effect=MemoryError))

    with pytest.raises(SystemExit):
        BatchApp.die(Mock(), MemoryError())

    left.assert_called_once_with(BROKEN)


async def test_a_transport_without_memory_ends_the_process_and_other_faults_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    loop, die = asyncio.get_running_loop(), Mock()
    end_without_memory(loop, die)

    loop.call_exception_handler({"message": "Fatal read error", "exception": ValueError("odd")})
    assert die.mock_calls == []
    assert "Fatal read error" in caplog.text

    error = MemoryError()
    loop.call_exception_handler({"message": "Fatal read error", "exception": error})
    die.assert_called_once_with(error)
