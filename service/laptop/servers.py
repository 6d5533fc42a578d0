"""Kafka and Redis for a laptop: started when asked for, or the running ones that TIERING_KAFKA and TIERING_REDIS name."""

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from service.laptop import kafka, redis
from service.laptop.process import Server


class Servers:
    """Both servers, from entering to leaving the context; their data go with them."""

    def __init__(self) -> None:
        self.kafka = os.environ.get("TIERING_KAFKA", "")
        self.redis = os.environ.get("TIERING_REDIS", "")
        self.started: list[Server] = []
        self._directory: Path | None = None

    def __enter__(self) -> "Servers":
        self._directory = Path(tempfile.mkdtemp(prefix="tiering-"))
        try:
            if not self.kafka:
                server, self.kafka = kafka.start(self._directory / "kafka")
                self.started.append(server)
            if not self.redis:
                server, self.redis = redis.start(self._directory / "redis")
                self.started.append(server)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def check(self) -> None:
        """ServerError when one of them has ended."""
        for server in self.started:
            server.check()

    def stop(self) -> None:
        """End both and remove their data."""
        for server in reversed(self.started):
            server.stop()
        self.started.clear()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None
