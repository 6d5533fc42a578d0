"""An examination: what goes wrong in one check is a line, and the others are made all the same."""

import asyncio

import pytest

from service.doctor import examination
from service.doctor.examination import Check, examine
from service.doctor.finding import Finding, Status, ok
from service.doctor.scene import Scene
from service.log_mismatch import LogMismatch


@pytest.mark.parametrize(
    ("error", "found", "do"),
    [
        (LogMismatch("partition 0: this version can't read the log's policy (x: y): upgrade first"), "(x: y)", "upgrade first"),
        (ZeroDivisionError("c-17"), "this check itself has failed (ZeroDivisionError", "report it"),
    ],
)
def test_a_check_that_fails_hides_no_other(monkeypatch: pytest.MonkeyPatch, error: Exception, found: str, do: str) -> None:
    async def fails(_: Scene) -> list[Finding]:
        raise error

    async def holds(_: Scene) -> list[Finding]:
        return [ok("second", "fine")]

    monkeypatch.setattr(examination, "CHECKS", (Check("first", fails), Check("second", holds, ("first",))))

    async def all_of_it() -> list[Finding]:
        return [each async for each in examine({}, None)]

    _, first, second = asyncio.run(all_of_it())
    assert (first.status, second.status) == (Status.FAIL, Status.OK)
    assert found in first.found
    assert do in str(first.do)
