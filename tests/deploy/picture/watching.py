"""A real Prometheus that scrapes what it is told, until it is left alone."""

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.promtool import prometheus


@contextmanager
def watched(folder: Path, jobs: Mapping[str, Sequence[str]], scrape: int) -> Iterator[str]:
    """The address of a Prometheus with its data in `folder`; `jobs`: addresses to scrape every `scrape` seconds."""
    config = [f"global: {{scrape_interval: {scrape}s}}", "scrape_configs:"]
    for job, addresses in jobs.items():
        config += [f"- job_name: {job}", f"  static_configs: [{{targets: [{', '.join(addresses)}]}}]"]
    path = folder / "prometheus.yml"
    path.write_text("\n".join(config) + "\n")
    listens = free()
    data = f"--storage.tsdb.path={folder / 'prometheus'}"
    command = [str(prometheus()), f"--config.file={path}", data, f"--web.listen-address={listens}"]
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield f"http://{listens}"
        finally:
            process.terminate()


def free() -> str:
    """An address on this machine at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"
