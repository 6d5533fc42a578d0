"""A server as a child process that ends with us, whatever happens to us."""

import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
LITTLE_SPACE = 16 << 20
"""Bytes; a server that has ended with less than that left, and does not say why, has ended for that."""


class ServerError(Exception):
    """A server that does not start or has ended; one sentence says why and what to do."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody listens on a port of the loopback address."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def end_with_parent() -> None:
    """In the child: Linux kills it when the thread that started it is gone (elsewhere only an orderly end does)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """A running server; its output goes to a file."""

    def __init__(self, name: str, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name, self.log = name, log
        with log.open("ab") as output:
            # An own session: Ctrl-C in the terminal is ours alone, and we end the server in order.
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def wait_until(self, answers: Callable[[], bool], seconds: float) -> None:
        """Wait for the first answer; ServerError when the server ends before, or takes too long."""
        deadline = time.monotonic() + seconds
        while not answers():
            self.check()
            if time.monotonic() > deadline:
                self.stop()
                raise ServerError(f"{self.name} did not answer within {seconds:.0f} s; its last words: {self.last_words()}")
            time.sleep(0.05)

    def check(self) -> None:
        """ServerError when the server has ended."""
        code = self.process.poll()
        if code is not None:
            if code < 0:
                raise ServerError(f"{self.name} was ended by signal {-code} from outside: start again")
            raise ServerError(f"{self.name} ended with {code}: {self._advice()}")

    def stop(self, seconds: float = 20.0) -> None:
        """End it in order, or else at once."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def last_words(self) -> str:
        """The last line of its log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "(nothing)"

    def _advice(self) -> str:
        text = self.log.read_text(errors="replace")[-20_000:]
        if "Address already in use" in text or "BindException" in text:
            return "its port is in use; end the program that has it, or name a running server in TIERING_KAFKA or TIERING_REDIS"
        if "No space left on device" in text or shutil.disk_usage(self.log.parent).free < LITTLE_SPACE:
            return f"the disk that holds {self.log.parent} is full; free some space and start again"
        return f"its last words: {self.last_words()}"
