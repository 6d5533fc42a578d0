"""A machine without Prometheus can run the tests that need it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import debian
from tests.promtool import promtool

BAD = b"# TYPE orders counter\norders 3\n"


def test_the_program_comes_out_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for needed in ("apt-get", "dpkg", "dpkg-deb", "tar", "rm"):
        if found := shutil.which(needed):
            (bare / needed).symlink_to(found)
    monkeypatch.setenv("PATH", str(bare))

    unpacked = debian.program("prometheus", "promtool", tmp_path / "cache")

    assert unpacked.is_relative_to(tmp_path)
    assert os.access(unpacked, os.X_OK)
    assert subprocess.run([unpacked, "check", "metrics"], input=BAD, capture_output=True, check=False).returncode == 3
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["prometheus"]


def test_without_apt_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(debian.NotToBeHad, match="install prometheus"):
        debian.program("prometheus", "promtool", tmp_path / "cache")


def test_promtool_runs() -> None:
    assert subprocess.run([promtool(), "check", "metrics"], input=BAD, capture_output=True, check=False).returncode == 3
