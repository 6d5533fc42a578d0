"""The packages of a lock file: what is installed, by name, version and hash."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "requirements.lock"
LOCKS = (SHIPPED, ROOT / "requirements-dev.lock", ROOT / "requirements-build.lock")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)([^\n]*)((?:\n +--hash=\S+.*)*)", re.MULTILINE)


class Locked(NamedTuple):
    """One pinned package; `marker`: where it is needed, empty: everywhere."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{canonical(self.name)}@{self.version}"

    def installed(self) -> Distribution | None:
        """What is installed here of it; None: nothing, as of a package that another system needs."""
        try:
            return distribution(self.name)
        except PackageNotFoundError:
            return None


def canonical(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> list[Locked]:
    """The packages of a lock file in its order."""
    return [
        Locked(name, version, rest.partition(";")[2].strip(" \\"), tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", hashes)))
        for name, version, rest, hashes in _PIN.findall(path.read_text())
    ]
