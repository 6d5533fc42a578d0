"""How a process ends: what it must not work on is told in a sentence, anything else is for the log."""

import os
from unittest.mock import Mock

import pytest

from service.faust_safe.batches import BROKEN, REFUSED, BatchApp, Refusal
from service.faust_safe.lanes import Hole


@pytest.mark.parametrize(
    ("reason", "code"),
    [(Refusal("say so"), REFUSED), (Hole("say so"), REFUSED), (ValueError("say so"), BROKEN), ("say so", BROKEN)],
)
def test_what_is_refused_is_told_and_has_its_own_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], reason: BaseException | str, code: int
) -> None:
    left = Mock()
    monkeypatch.setattr(os, "_exit", left)

    BatchApp.die(Mock(), reason)

    left.assert_called_once_with(code)
    assert ("say so\n" in capsys.readouterr().err) == (code == REFUSED)
