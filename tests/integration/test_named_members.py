"""Workers with names in their group, on a real Kafka: a restart moves nothing, of two with one name the older ends and must not
come back, and one that was frozen ends so that it is started again."""

import asyncio
import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from service.exit_codes import BROKEN, WRONG_USE
from service.faust_safe import group
from service.laptop.process import free_port
from tests.integration.conftest import POLICY, Deployment, logged, until
from tests.integration.played_worker import write_log
from tests.integration.test_rebuild import has_read, some

pytestmark = pytest.mark.integration


class Named:
    """A customers worker with a name."""

    def __init__(self, deployment: Deployment, name: str) -> None:
        self.deployment, self.name, self.port = deployment, name, free_port()
        self.log = deployment.directory / f"{name}-{self.port}.log"
        environment = {**deployment.environment(), "TIERING_INSTANCE": name, "TIERING_HTTP": f"127.0.0.1:{self.port}"}
        command = [sys.executable, "-m", "service.commands.main", "worker", "--role", "customers"]
        self.process = subprocess.Popen(command, env=environment, stderr=self.log.open("wb"))
        deployment.workers.append(self.process)

    def _asked(self, path: str) -> dict[str, object] | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return dict(json.load(answer))
        except (urllib.error.URLError, ConnectionError):
            return None

    def ready(self) -> dict[str, object] | None:
        """What it says of itself once it is ready."""
        return self._asked("/readyz")

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class Watched:
    """Asks a worker ten times a second whether it is ready; `moments` at which it was not."""

    def __init__(self, worker: Named) -> None:
        self.worker, self.looks, self.moments = worker, 0, list[float]()
        self._task = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        while True:
            ready = await asyncio.to_thread(self.worker.ready)
            self.looks += 1
            if not ready:
                self.moments.append(time.monotonic())
            await asyncio.sleep(0.1)

    def stood_still(self) -> None:
        """AssertionError when the worker was not ready all the time."""
        self._task.cancel()
        assert self.looks > 5
        assert self.moments == [], self.worker.said()


async def test_a_restart_of_one_moves_nothing_of_the_other_and_a_second_of_its_name_ends_the_first(
    deployment: Deployment,
) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    stays, restarted = Named(deployment, "customers-0"), Named(deployment, "customers-1")
    await until(lambda: (stays.ready() or {}).get("partitions") == 2 and (restarted.ready() or {}).get("partitions") == 2)

    watched = Watched(stays)
    restarted.process.terminate()
    assert await asyncio.to_thread(restarted.process.wait, 120) == 0
    assert await group.members(deployment.settings.cluster, deployment.settings.group("customers")) == 2  # it did not leave
    restarted = Named(deployment, "customers-1")
    await until(lambda: (restarted.ready() or {}).get("partitions") == 2)
    watched.stood_still()

    watched = Watched(restarted)  # the one that is replaced now was first, so it leads the group
    third = Named(deployment, "customers-0")
    assert await asyncio.to_thread(stays.process.wait, 120) == WRONG_USE
    assert "another process has taken the name customers-0 (TIERING_INSTANCE)" in stays.said()
    await until(lambda: (third.ready() or {}).get("partitions") == 2)
    watched.stood_still()


async def test_one_that_was_frozen_may_come_back_unless_another_has_its_name(deployment: Deployment) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    forgotten, replaced = Named(deployment, "customers-0"), Named(deployment, "customers-1")
    await until(lambda: (forgotten.ready() or {}).get("partitions") == 2 and (replaced.ready() or {}).get("partitions") == 2)
    await until(lambda: has_read(deployment, 0))
    forgotten.process.send_signal(signal.SIGSTOP)
    try:
        # The other one is in the midst of work: what it is told first, by its group or by its transaction, is chance.
        await write_log(deployment.settings, some())
        replaced.process.send_signal(signal.SIGSTOP)
        await _they_come_back(deployment, forgotten, replaced)
    finally:
        forgotten.process.send_signal(signal.SIGCONT)
        replaced.process.send_signal(signal.SIGCONT)


async def _they_come_back(deployment: Deployment, forgotten: Named, replaced: Named) -> None:
    group_name = deployment.settings.group("customers")
    successor = Named(deployment, "customers-1")
    await until(lambda: (successor.ready() or {}).get("partitions") == 2)
    replaced.process.send_signal(signal.SIGCONT)
    assert await asyncio.to_thread(replaced.process.wait, 60) == WRONG_USE
    assert "another process has taken the name customers-1 (TIERING_INSTANCE)" in replaced.said()

    await until(lambda: (successor.ready() or {}).get("partitions") == 4)  # the other's session has timed out
    assert await group.members(deployment.settings.cluster, group_name) == 1
    forgotten.process.send_signal(signal.SIGCONT)
    assert await asyncio.to_thread(forgotten.process.wait, 60) == BROKEN
    said = logged(forgotten.said())[-1]
    assert said["event"] == "fenced" or f"the group {group_name} has not heard of customers-0 for 45 s" in said["message"]

    again = Named(deployment, "customers-0")
    await until(lambda: (again.ready() or {}).get("partitions") == 2)
    assert successor.process.poll() is None
