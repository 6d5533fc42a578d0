"""Chaos in short: a kill, a zombie and scaling on one deployment. `make chaos` runs all cells, on servers of their own."""

import uuid
from pathlib import Path

import pytest

from service.laptop.servers import Servers
from service.settings import Settings
from tests.chaos.cells import POLICY, Cell
from tests.chaos.fleet import Fleet
from tests.chaos.run import play
from tests.chaos.scene import Scene, prepare
from tests.chaos.traffic import Traffic

SHORT = Cell(
    name="short",
    schedule="""
        at 4-5 s: SIGSTOP customers 1 inside a write for 12 s
        at 6 s: scale customers to 3
        at 7-8 s: SIGKILL intake 1
        at 18 s: scale customers to 2
        at 19-20 s: SIGKILL customers 2
    """,
    workers={"intake": 1, "customers": 2, "read-model": 1},
    traffic=Traffic(seconds=22, rate=40, days=60, customers=60),
)
pytestmark = pytest.mark.integration


async def test_nothing_is_wrong_after_a_kill_a_zombie_and_scaling(servers: Servers, tmp_path: Path) -> None:
    settings = Settings(kafka=servers.kafka, redis=servers.redis, topic_prefix=f"t{uuid.uuid4().hex[:8]}-", time="events")
    await prepare(settings, POLICY)
    scene = Scene(settings, POLICY, tmp_path, 1, Fleet(settings, SHORT.workers, tmp_path))

    result = await play(scene, SHORT)

    assert result.verdict.wrong == {}, result.verdict.examples
    assert result.verdict.figures["announcements"] > 500
    assert result.exits["customers 70"] == 1  # the zombie, shut out
    assert result.exits["customers -9"] == 1
