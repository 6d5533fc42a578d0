"""`tiering worker`: one role in this process, or one process of each role."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import click

from service.app import ROLES, run
from service.commands.process_settings import WithSettings, process_settings
from service.exit_codes import BROKEN

LOOK_SECONDS = 0.1
END_SECONDS = 60.0


@click.command(cls=WithSettings, name="worker", help="Run the service: one role, or without --role one process of each.")
@click.option("--role", type=click.Choice(ROLES), help="The role of this process.")
@click.option(
    "--policy", type=click.Path(path_type=Path), help="The policy file (TIERING_POLICY); a version above the log's takes over."
)
def command(role: str | None, policy: Path | None) -> None:
    """Run until SIGTERM or Ctrl-C, or until something is wrong."""
    settings = process_settings()
    if policy is not None:
        settings = replace(settings, policy=policy)
    raise SystemExit(run(settings, role) if role else _each(policy, settings.http))


def _each(policy: Path | None, http: str) -> int:
    """One process a role; when one ends, all do. The exit code of the first that ended."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: told.append(received))
    processes = [_process(role, policy, address) for role, address in zip(ROLES, addresses(http), strict=True)]
    try:
        while not told and all(process.poll() is None for process in processes):
            time.sleep(LOOK_SECONDS)
        ended = [process.returncode for process in processes if process.returncode is not None]
        code = 0 if told else ended[0] if ended[0] >= 0 else BROKEN
    finally:
        left = [_end(process) for process in processes]
    return code if code or not told else max(left)


def addresses(http: str) -> list[str]:
    """Where each role has its probes and metrics: ports in a row, or free ones."""
    host, _, port = http.rpartition(":")
    return [f"{host}:{int(port) + number if int(port) else 0}" for number in range(len(ROLES))]


def _process(role: str, policy: Path | None, http: str) -> "subprocess.Popen[bytes]":
    # An own session: Ctrl-C reaches this process only, and it ends the others in order.
    arguments = ["worker", "--role", role, *(["--policy", str(policy)] if policy else [])]
    environment = {**os.environ, "TIERING_HTTP": http}
    # -P: what lies in the present directory is not looked at, so a child runs the same build.
    command = [sys.executable, "-P", "-m", "service.commands.main", *arguments]
    return subprocess.Popen(command, env=environment, start_new_session=True)


def _end(process: "subprocess.Popen[bytes]") -> int:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return max(process.returncode, 0)
