"""Pure Python as it is; with TIERING_COMPILED=1 the modules named in pyproject.toml are compiled by mypyc (`make compiled`)."""

import os
import tomllib
from pathlib import Path

from setuptools import Extension, setup

EXACT_FLOATS = "-ffp-contract=off"
"""Where a processor could multiply and add at once, a compiler would: the last bit would differ from that of pure Python."""


def compiled() -> list[Extension]:
    """One extension that holds them all: among themselves they call directly."""
    try:
        from mypyc.build import mypycify
    except ImportError:
        raise SystemExit("TIERING_COMPILED=1 needs the mypy of requirements-dev.lock, and pip's --no-build-isolation") from None
    modules = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["tiering"]["compiled"]
    extensions: list[Extension] = mypycify(
        [f"{name.replace('.', '/')}.py" for name in modules], opt_level="3", group_name="tiering"
    )
    for extension in extensions:
        extension.extra_compile_args.append(EXACT_FLOATS)
    return extensions


setup(ext_modules=compiled() if os.environ.get("TIERING_COMPILED") == "1" else [])
