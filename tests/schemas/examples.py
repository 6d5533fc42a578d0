"""The committed examples, by type and name."""

from pathlib import Path

import pytest

from schemas.documents import EXAMPLES
from schemas.json_schema import INBOUND, TYPES


def paths(*kinds: str) -> list[Path]:
    """The example files of these types."""
    return [path for kind in kinds for path in sorted((EXAMPLES / kind).glob("*.json"))]


def each(*kinds: str) -> pytest.MarkDecorator:
    """Run a test with every example file of these types as `path`."""
    return pytest.mark.parametrize("path", paths(*kinds), ids=lambda path: f"{path.parent.name}/{path.stem}")


CONTROL = ("clock.ticked.v1", "policy.activated.v1", "customer.released.v1", "customer.erased.v1")
PROFILE = "customer.profile.v1"
ANNOUNCED = tuple(kind for kind in TYPES if kind not in (*INBOUND, *CONTROL, PROFILE))
