"""The README's consumer and its look-up run as they stand there."""

import json
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.query import CustomerFound
from service.laptop.process import free_port
from tests import builders
from tests.integration.conftest import POLICY, Deployment

README = Path(__file__).parents[2] / "README.md"
pytestmark = pytest.mark.integration
SECONDS = 600.0


def consumer(deployment: Deployment) -> str:
    """The code of the README, for the test's own topics."""
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    ours = f'"{deployment.settings.topic_prefix}tier-changes"'
    for there, here in (("127.0.0.1:9092", deployment.settings.kafka), ('"tier-changes"', ours)):
        assert there in code
        code = code.replace(there, here)
    return str(code)


def answer_of(text: str) -> dict[str, Any]:
    """The answer that the README shows."""
    [shown] = re.findall(r'^    (\{"customer_id".*?\}\})\n\n', text, re.DOTALL | re.MULTILINE)
    return dict(json.loads(shown))


def looked_up(address: str) -> dict[str, Any]:
    """What the README's command is answered, of another customer and at another address."""
    [command] = re.findall(r"^    (curl \S+)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    command = command.replace("127.0.0.1:8090", address).replace("hh-230", "c-1")
    deadline = time.monotonic() + SECONDS
    while b'"data":' not in (said := subprocess.run(shlex.split(command), capture_output=True, check=False).stdout):
        assert time.monotonic() < deadline, said
        time.sleep(0.2)
    return dict(json.loads(said))


def test_a_customer_is_looked_up_as_it_is_shown(deployment: Deployment, tmp_path: Path) -> None:
    assert deployment.tiering("topics", "apply", "--policy", str(POLICY)).returncode == 0
    orders, address = tmp_path / "orders.jsonl", f"127.0.0.1:{free_port()}"
    orders.write_bytes(builders.order(0, 60_000, id="1"))
    for role in ("intake", "customers", "read-model"):
        deployment.work(role)
    deployment.serve(TIERING_QUERY=address)
    assert deployment.tiering("send", "--topic", "orders", str(orders)).returncode == 0

    answer, shown = looked_up(address), answer_of(README.read_text(encoding="utf-8"))
    assert answer.keys() == shown.keys()
    assert answer["data"].keys() == shown["data"].keys()
    assert msgspec.convert(shown, CustomerFound).data.policy == answer["data"]["policy"]


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
