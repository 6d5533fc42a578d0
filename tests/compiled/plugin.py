"""A pytest plugin for `make test-compiled` only: the modules that setup.py compiles must be the ones that run."""

import importlib
import tomllib
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def names() -> list[str]:
    """The modules that are compiled."""
    listed: list[str] = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["tiering"]["compiled"]
    return listed


def pytest_sessionstart() -> None:
    """Stop unless each module of the list is machine code."""
    files = [str(importlib.import_module(name).__file__) for name in names()]
    if pure := [file for file in files if not file.endswith(tuple(EXTENSION_SUFFIXES))]:
        raise pytest.UsageError(f"not compiled: {', '.join(pure)}; `make test-compiled` has them built and found")
