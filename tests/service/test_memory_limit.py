"""What the container may take, as either version of Linux's control groups says it."""

from pathlib import Path

import pytest

from service.telemetry.memory_limit import memory_limit


@pytest.mark.parametrize(
    ("place", "said", "limit"),
    [
        ("memory.max", "536870912\n", 536_870_912),
        ("memory.max", "max\n", None),
        ("memory/memory.limit_in_bytes", "536870912\n", 536_870_912),
        ("memory/memory.limit_in_bytes", "9223372036854771712\n", None),
        ("elsewhere", "1", None),
    ],
)
def test_it_is_what_the_kernel_says(tmp_path: Path, place: str, said: str, limit: int | None) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    (tmp_path / place).write_text(said)
    assert memory_limit(tmp_path) == limit
