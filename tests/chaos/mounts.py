"""A small disk of its own for a run: a tmpfs in a mount namespace, which needs no rights on most Linux machines."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SIZE = "200m"
_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def missing() -> str:
    """Why there can be none; empty: there can."""
    try:
        tried = subprocess.run([*_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no `unshare` here"
    return tried.stderr.strip() if tried.returncode else ""


def run_inside(arguments: Sequence[str]) -> int:
    """Run `tests.chaos` again, in a namespace of its own; its exit code."""
    return subprocess.run([*_NAMESPACE, sys.executable, "-m", "tests.chaos", *arguments], check=False).returncode


def mount(directory: Path) -> None:
    """The small disk (only inside)."""
    directory.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "chaos", directory], check=True)
