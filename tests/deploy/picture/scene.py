"""All three roles and the query at work on a real Kafka and Redis, watched by a real Prometheus: something to draw."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.laptop.servers import Servers
from tests.deploy.picture.watching import free, watched

WORKERS = {"intake": 1, "customers": 2, "read-model": 1, "query": 1}
SCRAPE = 5


class Scene:
    """Workers by name (`customers-2`), each with an address of its own for its metrics."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.addresses = {f"{role}-{number + 1}": free() for role, count in WORKERS.items() for number in range(count)}
        self.query = free()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.prometheus = ""

    def jobs(self) -> dict[str, list[str]]:
        """What Prometheus is to scrape."""
        return {f"tiering-{role}": [at for name, at in self.addresses.items() if name.startswith(role)] for role in WORKERS}

    def environment(self, name: str = "") -> dict[str, str]:
        """What a command, or the worker of this name, is told."""
        told = {"TIERING_KAFKA": self.servers.kafka, "TIERING_REDIS": self.servers.redis, "TIERING_TIME": "events"}
        return {**os.environ, **told, "TIERING_QUERY": self.query, "TIERING_HTTP": self.addresses.get(name, "127.0.0.1:0")}

    def tiering(self, *arguments: str) -> None:
        """Run a command to its end."""
        subprocess.run([sys.executable, "-m", "service.commands.main", *arguments], env=self.environment(), check=True)

    def start(self, name: str) -> None:
        """Start a worker, also one that was killed."""
        role = name.rpartition("-")[0]
        arguments = ["serve"] if role == "query" else ["worker", "--role", role]
        command = [sys.executable, "-m", "service.commands.main", *arguments]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, env=self.environment(name), stdout=log, stderr=log)

    def stop(self) -> None:
        """End the workers, by force where they do not heed."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def scene(folder: Path, policy: Path) -> Iterator[Scene]:
    """The servers, the topics with a policy, Prometheus and all workers; ended on leaving."""
    with Servers() as servers:
        made = Scene(servers, folder)
        with watched(folder, made.jobs(), SCRAPE) as made.prometheus:
            made.tiering("topics", "apply", "--policy", str(policy))
            try:
                for name in made.addresses:
                    made.start(name)
                yield made
            finally:
                made.stop()
