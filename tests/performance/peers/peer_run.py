"""Running one peer: its own process, its own topics, its own directory, all gone afterwards."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

from service.laptop.process import Server
from tests.performance.loading import create, delete
from tests.performance.peers.ground import Ground
from tests.performance.peers.rows import Peer
from tests.performance.peers.run import Run, judged, measured
from tests.performance.peers.task import Task
from tests.performance.progress import Moments
from tests.performance.watch import Watch

MOST_SECONDS = 600.0


class PeerFailed(Exception):
    """A peer did not answer; the message says why."""


async def run_peer(ground: Ground, peer: Peer, number: int) -> Run:
    """One run of a peer over the whole log."""
    directory = Path(tempfile.mkdtemp(prefix="peer-"))
    task = Task(ground.servers.kafka, ground.log, len(ground.activities), f"peer-{uuid.uuid4().hex[:8]}", directory)
    await create(task.kafka, task.changelog, task.changes)
    try:
        with Watch(**ground.pids) as watch:
            started, answer = time.monotonic(), _answer(peer, task, watch)
        moments = _moments(answer)
        return judged(measured(peer.name, number, started, moments, watch), ground.truth.of_peers, answer)
    finally:
        await delete(task.kafka, task.run)
        shutil.rmtree(directory, ignore_errors=True)


def _answer(peer: Peer, task: Task, watch: Watch) -> dict[str, Any]:
    environment = {**os.environ, **task.environment(), **peer.environment}
    log = task.directory.with_suffix(".log")
    server = Server(peer.name, peer.command, log, environment)
    watch.add("peer", server.process.pid)
    try:
        code = server.process.wait(MOST_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        raise PeerFailed(f"no answer within {MOST_SECONDS:.0f} s; its last words: {server.last_words()}") from None
    finally:
        said = log.read_text(errors="replace").splitlines()
        log.unlink()
    answers = [line for line in said if line.startswith('{"first"')]
    if not answers:
        raise PeerFailed(f"it ended with {code} without an answer; its last words: {said[-1][:300] if said else '(nothing)'}")
    found: dict[str, Any] = json.loads(answers[-1])
    return found


def _moments(answer: dict[str, Any]) -> Moments:
    third = (answer["third"], int(answer["third_count"]))
    return Moments(answer["first"], 0, *third, answer["done"], answer["count"], answer["done"])
