"""How much memory the container of this process may take."""

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_PLACES = "memory.max", "memory/memory.limit_in_bytes"
"""Of version 2 and 1 of Linux's control groups."""
_NO_LIMIT = 1 << 60
"""Version 1 says a number near 2^63 for none."""


def memory_limit(root: Path = ROOT) -> int | None:
    """In bytes; None: as much as there is, or nobody says."""
    for place in _PLACES:
        try:
            said = (root / place).read_text().strip()
        except OSError:
            continue
        if said.isdigit() and int(said) < _NO_LIMIT:
            return int(said)
    return None
