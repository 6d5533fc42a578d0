"""The README's consumer runs as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import builders
from tests.integration.conftest import POLICY, Deployment

README = Path(__file__).parents[2] / "README.md"
pytestmark = pytest.mark.integration


def consumer(deployment: Deployment) -> str:
    """The code of the README, for the test's own topics."""
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    ours = f'"{deployment.settings.topic_prefix}tier-changes"'
    for there, here in (("127.0.0.1:9092", deployment.settings.kafka), ('"tier-changes"', ours)):
        assert there in code
        code = code.replace(there, here)
    return str(code)


def test_the_consumer_prints_tier_changes(deployment: Deployment, tmp_path: Path) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    for role in ("intake", "customers"):
        deployment.work(role)
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(b"\n".join(builders.order(day, 60_000, id=str(day)) for day in range(3)))
    assert deployment.tiering("send", "--topic", "orders", str(orders)).returncode == 0

    reader = subprocess.Popen([sys.executable, "-c", consumer(deployment)], stdout=subprocess.PIPE, text=True)
    assert reader.stdout is not None
    printed = [reader.stdout.readline().strip() for _ in range(3)]
    reader.terminate()
    reader.wait()

    assert printed[0] == "c-1 None -> member"
    assert any(line.startswith("c-1 d ->") or line.startswith("c-1 None -> ") for line in printed[1:])
