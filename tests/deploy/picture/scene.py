"""All three roles at work on a real Kafka and Redis, watched by a real Prometheus, with a few faults: something to draw."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.laptop.servers import Servers
from tests.promtool import prometheus

WORKERS = {"intake": 1, "customers": 2, "read-model": 1}
SCRAPE = 5


class Scene:
    """Workers by name (`customers-2`), each with an address of its own for its metrics, and Prometheus."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        names = [f"{role}-{number + 1}" for role, count in WORKERS.items() for number in range(count)]
        self.addresses = {name: _free() for name in names}
        self.prometheus = _free()
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def environment(self, name: str = "") -> dict[str, str]:
        """What a command, or the worker of this name, is told."""
        told = {"TIERING_KAFKA": self.servers.kafka, "TIERING_REDIS": self.servers.redis, "TIERING_TIME": "events"}
        return {**os.environ, **told, "TIERING_HTTP": self.addresses.get(name, "127.0.0.1:0")}

    def tiering(self, *arguments: str) -> None:
        """Run a command to its end."""
        subprocess.run([sys.executable, "-m", "service.commands.main", *arguments], env=self.environment(), check=True)

    def start(self, name: str) -> None:
        """Start a worker, also one that was killed."""
        command = [sys.executable, "-m", "service.commands.main", "worker", "--role", name.rpartition("-")[0]]
        self._run(name, command)

    def watch(self) -> None:
        """Start Prometheus."""
        config = [f"global: {{scrape_interval: {SCRAPE}s}}", "scrape_configs:"]
        for role in WORKERS:
            targets = ", ".join(f'"{at}"' for name, at in self.addresses.items() if name.startswith(role))
            config += [f"- job_name: tiering-{role}", f"  static_configs: [{{targets: [{targets}]}}]"]
        path = self.folder / "prometheus.yml"
        path.write_text("\n".join(config) + "\n")
        listens = f"--web.listen-address={self.prometheus}"
        data = f"--storage.tsdb.path={self.folder / 'prometheus'}"
        self._run("prometheus", [str(prometheus()), f"--config.file={path}", data, listens])

    def _run(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, env=self.environment(name), stdout=log, stderr=log)

    def stop(self) -> None:
        """End everything but the servers."""
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
        try:
            made.tiering("topics", "apply", "--policy", str(policy))
            made.watch()
            for name in made.addresses:
                made.start(name)
            yield made
        finally:
            made.stop()


def _free() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"
