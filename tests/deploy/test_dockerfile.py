"""The Dockerfile: linted, pinned, nobody's root, and all that it copies is there and let in. No image is built here."""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from service.web.health import PROBES

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    """The arguments of every instruction of this name."""
    joined = TEXT.replace("\\\n", " ")
    return [" ".join(line.split()[1:]) for line in joined.splitlines() if line.startswith(f"{name} ")]


def let_in(name: str) -> bool:
    """Whether .dockerignore lets a path in: the last pattern that fits it, or a folder it is in, decides."""
    parents = [name, *(str(each) for each in Path(name).parents)]
    kept = True
    for pattern in (ROOT / ".dockerignore").read_text().split():
        bare = pattern.removeprefix("!").removeprefix("**/")
        if any(fnmatch(each, bare) or ("**" in pattern and fnmatch(Path(each).name, bare)) for each in parents):
            kept = pattern.startswith("!")
    return kept


def test_hadolint_finds_nothing() -> None:
    command = [Path(sys.executable).parent / "hadolint", ROOT / "Dockerfile"]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


def test_both_stages_are_one_base_image_pinned_to_its_last_number() -> None:
    assert re.findall(r"^ARG PYTHON=(\S+)$", TEXT, re.MULTILINE) == ["3.11.14-slim-bookworm"]
    assert [each.split(" AS ")[0] for each in instructions("FROM")] == ["python:${PYTHON}"] * 2


def test_it_runs_as_nobody_of_a_machine_and_ends_by_the_signal_that_a_worker_knows() -> None:
    [user] = instructions("USER")
    assert all(int(number) >= 10_001 for number in user.split(":"))
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert instructions("ENTRYPOINT") == ['["tiering"]']


def test_the_health_check_asks_a_probe() -> None:
    [check] = instructions("HEALTHCHECK")
    assert re.search(r'CMD \["python", "-m", "service\.web\.health", "(\w+)"\]$', check)
    assert check.split('"')[-2] in PROBES


def test_the_label_names_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f'org.opencontainers.image.version="{version}"' in TEXT


def test_all_that_is_copied_is_tracked_and_let_in() -> None:
    copied = [each for line in instructions("COPY") if "--from" not in line for each in line.split()[:-1]]
    assert {"requirements.lock", "setup.py", "service", "service/policies"} <= set(copied)
    tracked = subprocess.run(
        ["git", "ls-files", "--", *copied], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert [each for each in copied if not any(name == each or name.startswith(f"{each}/") for name in tracked)] == []
    assert [each for each in copied if not let_in(each)] == []


def test_what_is_not_the_service_stays_out() -> None:
    outside = [
        ".git/config",
        "tests/conftest.py",
        ".venv/bin/python",
        "service/laptop/data/complete-journey.jsonl.gz",
        "deploy/x",
    ]
    assert [each for each in [*outside, "service/__pycache__/app.pyc"] if let_in(each)] == []
