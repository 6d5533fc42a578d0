"""The fleet: worker processes of all roles, started again when they end, as an orchestrator does."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from service.laptop.process import end_with_parent
from service.settings import Settings

ROLES = ("intake", "customers", "read-model")
RESTART_SECONDS = 0.5
LOOK_SECONDS = 0.05
END_SECONDS = 60.0


class Worker:
    """A place in the fleet, and the process that has it now. `kafka` and `extra` are what its next process is told."""

    def __init__(self, role: str, number: int, settings: Settings, directory: Path) -> None:
        self.role, self.number, self.settings = role, number, settings
        self.kafka, self.redis = settings.kafka, settings.redis
        self.extra: dict[str, str] = {}
        self.order = directory / f"{role}-{number}.order"
        self.log = directory / f"{role}-{number}.log"
        self.clock = directory / f"{role}-{number}.clock"
        """How far its clock is off, where that can be: see `faketime.py`."""
        self.process: subprocess.Popen[bytes] | None = None
        self.ended_at: float | None = None
        self._log_begins = 0

    def __str__(self) -> str:
        return f"{self.role} {self.number}"

    def start(self) -> None:
        """A new process."""
        settings = self.settings
        environment = {
            **os.environ,
            "TIERING_KAFKA": self.kafka,
            "TIERING_REDIS": self.redis,
            "TIERING_TOPIC_PREFIX": settings.topic_prefix,
            "TIERING_PARTITIONS": str(settings.partitions),
            "TIERING_TIME": settings.time,
            "CHAOS_ORDER": str(self.order),
            **self.extra,
        }
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            command = [sys.executable, "-m", "tests.chaos.worker", self.role]
            self.process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent
            )
        self.ended_at = None

    def send(self, number: signal.Signals) -> None:
        """A signal, if there is a process."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def end(self) -> None:
        """At once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def running(self) -> bool:
        """Whether its process says so."""
        return b"is running" in self.log.read_bytes()[self._log_begins :]

    @property
    def frozen(self) -> bool:
        """Whether its process is stopped by a signal (Linux)."""
        if self.process is None or self.process.poll() is not None:
            return False
        return Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


class Fleet:
    """All workers of a deployment. `exits` counts how processes ended, by role and code."""

    def __init__(self, settings: Settings, sizes: dict[str, int], directory: Path) -> None:
        self.settings, self.directory = settings, directory
        self.workers: list[Worker] = []
        self.exits: Counter[tuple[str, int]] = Counter()
        self._task: asyncio.Task[None] | None = None
        for role, size in sizes.items():
            self.workers += [Worker(role, number + 1, settings, directory) for number in range(size)]

    def of(self, role: str) -> list[Worker]:
        """The workers of a role."""
        return [worker for worker in self.workers if worker.role == role]

    def worker(self, name: str) -> Worker:
        """The worker of a name as `customers 1`."""
        return next(worker for worker in self.workers if str(worker) == name)

    def start(self) -> None:
        """Start all, and keep them running."""
        for worker in self.workers:
            worker.start()
        self._task = asyncio.ensure_future(self._supervise())

    async def running(self, seconds: float) -> None:
        """Wait until all workers say that they are running; TimeoutError."""
        async with asyncio.timeout(seconds):
            while not all(worker.running for worker in self.workers):  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)

    async def stop(self) -> None:
        """End all in order; whoever is frozen is woken."""
        if self._task is not None:
            self._task.cancel()
        await self._end(self.workers)

    async def scale(self, role: str, size: int) -> None:
        """Have so many workers of a role; those who are too many are told to end."""
        present = self.of(role)
        for number in range(len(present), size):
            worker = Worker(role, number + 1, self.settings, self.directory)
            worker.kafka, worker.redis = present[0].kafka, present[0].redis
            worker.start()
            self.workers.append(worker)
        leaving = present[size:]
        self.workers = [worker for worker in self.workers if worker not in leaving]
        await self._end(leaving)

    async def _end(self, workers: list[Worker]) -> None:
        for worker in workers:
            worker.send(signal.SIGTERM)
            worker.send(signal.SIGCONT)
        deadline = time.monotonic() + END_SECONDS
        for worker in workers:
            process = worker.process
            while process is not None and process.poll() is None:
                if time.monotonic() > deadline:
                    process.kill()
                await asyncio.sleep(LOOK_SECONDS)
            self._count(worker)

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for worker in self.workers:
                if worker.process is None or worker.process.poll() is None:
                    continue
                if worker.ended_at is None:
                    worker.ended_at = time.monotonic()
                elif time.monotonic() - worker.ended_at >= RESTART_SECONDS:
                    self._count(worker)
                    worker.start()

    def _count(self, worker: Worker) -> None:
        if worker.process is not None and (code := worker.process.poll()) is not None:
            self.exits[worker.role, code] += 1
            worker.process = None
