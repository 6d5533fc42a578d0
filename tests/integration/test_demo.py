"""The demo as a newcomer runs it: it says that Redis equals the truth, and leaves nothing behind."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration


def demo(directory: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the demo with its temporary files in a directory of its own; one that does not end shows what it said last."""
    command = [sys.executable, "-m", "service.commands.main", "demo", "--once", *arguments]
    told = {**os.environ, "TMPDIR": str(directory), **environment}
    try:
        return subprocess.run(command, env=told, capture_output=True, text=True, check=False, timeout=600)
    except subprocess.TimeoutExpired as late:
        said = (late.stderr or b"").decode().splitlines()
        raise AssertionError("\n".join(["the demo had not ended after ten minutes; it said last:", *said[-40:]])) from None


def test_it_ends_well_and_leaves_nothing(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as directory:
        done = demo(Path(directory), "--rate", "4000", "--svg", str(tmp_path / "screen.svg"))

        assert done.returncode == 0, done.stderr
        assert "469 of 469 households in Redis equal a straight count of the file" in done.stderr
        assert done.stderr.count("households in Redis equal the published truth") == 3
        assert "<svg" in (tmp_path / "screen.svg").read_text()
        assert list(Path(directory).iterdir()) == []
        left = subprocess.run(["pgrep", "-f", directory], capture_output=True, text=True, check=False)
        assert left.stdout == ""


def test_a_kafka_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    done = demo(tmp_path, TIERING_KAFKA="127.0.0.1:1")

    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("Kafka does not answer")
    assert "Traceback" not in done.stderr
