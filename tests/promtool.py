"""Prometheus and its promtool, from Debian's package."""

from pathlib import Path

from tests.debian import program

PACKAGE = "prometheus"


def promtool() -> Path:
    """The checker of metrics, rules and rule tests."""
    return program(PACKAGE, "promtool")


def prometheus() -> Path:
    """The server itself."""
    return program(PACKAGE, "prometheus")
