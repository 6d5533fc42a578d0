"""The licences of all locked packages against what is allowed: `python -m tests.supply_chain.licences` names those that are not.

What is allowed, and what was judged by reading a package's licence, stands in pyproject.toml, [tool.tiering.licences].
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.supply_chain.locked import LOCKS, ROOT, SHIPPED, Locked, canonical, locked

_TOOL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["tiering"]["licences"]
ALLOWED: frozenset[str] = frozenset(_TOOL["allowed"])
JUDGED: Mapping[str, str] = _TOOL["judged"]
"""Package to SPDX expression, where its metadata do not say it."""
TOOLS: Mapping[str, str] = _TOOL["tools"]
"""Not shipped, only run by developers: package to an SPDX expression that need not be allowed."""
_IN_WORDS = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}
_IDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def licence_of(package: Locked) -> str | None:
    """Its licence as an SPDX expression; None: not known."""
    name, found = canonical(package.name), package.installed()
    if name in JUDGED:
        return JUDGED[name]
    if found is None:
        return None
    said: Any = found.metadata
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [each.rpartition(" :: ")[2] for each in said.get_all("Classifier") or () if each.startswith("License ::")]
    return next((spdx for words in (said.get("License") or "", *classified) if (spdx := _spdx(words))), None)


def faults(packages: Iterable[Locked], *, shipped: bool) -> Iterator[str]:
    """A sentence for each package whose licence is not known or not allowed."""
    for package in packages:
        licence = licence_of(package)
        if licence is None and not shipped and canonical(package.name) in TOOLS:
            continue
        if licence is None:
            yield f"{package.name} {package.version}: no licence is known: read it, and name it in [tool.tiering.licences.judged]"
        elif (others := ids(licence) - ALLOWED) and (shipped or TOOLS.get(canonical(package.name)) != licence):
            yield f"{package.name} {package.version} is under {licence}, and {', '.join(sorted(others))} is not allowed"


def ids(expression: str) -> set[str]:
    """Every licence of an SPDX expression, also of those among which one may choose."""
    return set(_IDS.findall(expression)) - {"AND", "OR", "WITH"}


def _spdx(words: str) -> str | None:
    words = words.strip()
    return words if words in ALLOWED else _IN_WORDS.get(words.replace(",", "").lower())


def main() -> int:
    """Name what is wrong; the exit code."""
    found = [fault for lock in LOCKS for fault in faults(locked(lock), shipped=lock == SHIPPED)]
    for fault in dict.fromkeys(found):
        sys.stderr.write(f"{fault}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
