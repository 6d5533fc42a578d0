"""What has a turn, and what is said when it can't have one."""

import shutil
from typing import cast

import pytest

from tests.performance.peers import java, ours, rows
from tests.performance.peers.__main__ import taken, turns
from tests.performance.peers.ground import Ground
from tests.performance.peers.peer_run import PeerFailed
from tests.performance.peers.report import Report
from tests.performance.peers.run import Run

NO_GROUND = cast(Ground, None)


def names(*only: str, no_java: str = "") -> tuple[list[str], list[str]]:
    """The turns and what is left out."""
    report = Report(1, {})
    return [turn.name for turn in turns(NO_GROUND, only, report, no_java)], report.left_out


def test_the_yardstick_stands_before_the_peers_and_before_ours() -> None:
    found, left_out = names()
    assert found[: len(rows.PEERS)] == [peer.name for peer in rows.PEERS]
    assert found[len(rows.PEERS)] == rows.YARDSTICK == rows.PEERS[0].name
    assert found[-1] == ours.TWO
    assert not left_out
    assert names("quix", "TWO")[0] == [rows.YARDSTICK, rows.QUIX, "Quix Streams, as documented", rows.YARDSTICK, ours.TWO]


def test_without_maven_the_java_rows_are_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "mvn" else name)
    found, left_out = names("streams", no_java=java.build())
    assert [name for name in found if name.startswith("Kafka")] == []
    assert len(left_out) == 3
    assert left_out[0] == f"{rows.STREAMS}: Maven (`mvn`) not found: install Maven and a JDK of Java 17 or newer"


async def test_a_turn_that_fails_says_so_of_each_of_its_rows() -> None:
    async def play(number: int) -> list[Run]:
        raise PeerFailed(f"no answer in round {number}")

    found = await taken(("a", "b"), play, 2)
    assert [(run.row, run.round, run.error) for run in found] == [
        ("a", 2, "no answer in round 2"),
        ("b", 2, "no answer in round 2"),
    ]
