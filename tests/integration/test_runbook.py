"""The runbook's tasks as they stand there: what is marked as run is run, on one deployment, and says what it is said to say.

A block ```sh run``` is run line by line, in the order of the page but that the installation comes first; `# exit 1` behind a line
is the exit code that it must have. The ```text``` behind it is what comes out, with … for what differs from one time to the next.
Blocks ```sh run CASE``` are for what was lost: test_runbook_restore.
"""

import asyncio
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from schemas import topics
from service.active_policies import active_policies
from service.commands.main import tiering
from service.faust_safe.reader import Reader
from service.laptop import kafka
from service.laptop.process import free_port
from tests import builders
from tests.deploy import runbook
from tests.integration.conftest import Deployment, until
from tests.integration.test_complete_journey import read
from tests.integration.test_dead_letters import changed, letters

ROOT = Path(__file__).parents[2]
TASKS = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8").partition("## Alerts\n")[0]
COFFEE = (ROOT / "service" / "policies" / "coffee.toml").read_text(encoding="utf-8")
KAFKAS = {
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
    "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
}
"""Kafka's own tools, and what they run."""
LETTER = "orders.dlt-0@0"
"""What the page calls a dead letter; where it lies is the broker's choice."""
_BLOCK = re.compile(r"^ *```sh run ?(\w*)\n(.*?)^ *```\n(?:\n *```text\n(.*?)^ *```\n)?", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """Commands, and what they say."""

    commands: list[str]
    said: list[str]


def blocks(case: str = "") -> list[Block]:
    """Those of a case, in the order in which they are run."""
    first, *others = re.split(r"^## ", TASKS, flags=re.MULTILINE)
    assert not _BLOCK.search(first)
    order = sorted(others, key=lambda section: not section.startswith("Install"))
    found = [block for each in order for block in _BLOCK.findall(each) if block[0] == case]
    return [Block([line.strip() for line in run.splitlines()], said.splitlines()) for _, run, said in found]


def order(number: int, customer: str, currency: str = "CNY", **ago: float) -> bytes:
    """An order of so long ago."""
    at = datetime.now(UTC) - timedelta(**ago)
    value = changed(builders.order(0, 4_800, id=f"{number}", customer=customer), time=at.isoformat())
    return value.replace(b"USD", currency.encode())


class Page:
    """One deployment, in a directory with the files that the page speaks of."""

    ends: tuple[int, ...] = (0, -signal.SIGTERM)
    """How a worker may end that is stopped, perhaps as soon as it had been started."""

    def __init__(self, deployment: Deployment, directory: Path) -> None:
        self.deployment, self.directory = deployment, directory
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.here: dict[str, str] = {}
        """What stands on the page, and what it is here."""
        self.query = f"127.0.0.1:{free_port()}"
        (directory / "compose").mkdir()
        (directory / "compose" / "query-tokens").write_text("of-the-tills-2026\nof-the-crm-2026-1\n")
        history = [order(number, f"c-{number % 40}", days=30 - number / 10) for number in range(290)]
        coming = [order(300 + number, f"c-{number}", minutes=1) for number in range(40)]
        redis_cli = [sys.executable, str(Path(__file__).with_name("redis_cli.py"))]
        for name, tool in {"redis-cli": redis_cli, **{name: kafka.java(run) for name, run in KAFKAS.items()}}.items():
            (directory / name).write_text(f'#!/bin/sh\nexec {shlex.join(tool)} "$@"\n')
            (directory / name).chmod(0o755)
        (directory / "policy.toml").write_text(COFFEE, encoding="utf-8")
        newer = COFFEE.replace("version = 1", "version = 2", 1).replace("at_least = 20000", "at_least = 18000", 1)
        (directory / "next-policy.toml").write_text(newer, encoding="utf-8")
        (directory / "history.jsonl").write_bytes(b"\n".join(history))
        (directory / "orders.jsonl").write_bytes(b"\n".join([*coming, order(400, "c-3", "EUR", minutes=1)]))

    async def run(self, block: Block) -> str:
        """All that was said."""
        said = ""
        for line in block.commands:
            command, _, remark = line.partition("  #")
            expected = re.search(r"exit (\d)", remark)
            said += await asyncio.to_thread(self._done, command, int(expected[1]) if expected else 0)
        if "tiering send" in " ".join(block.commands):
            await until(self._arrived)
        if "customers" in self.running:
            await until(self._caught_up)
        if "query" in self.running:
            await until(self._can_be_looked_up)
        said = said.replace(self.deployment.settings.topic_prefix, "")
        for on_page, here in self.here.items():
            said = said.replace(here, on_page)
        return said

    def _done(self, line: str, code: int) -> str:
        for on_page, here in self.here.items():
            line = line.replace(on_page, here)
        verb, *arguments = shlex.split(line)
        match verb:
            case "start" if arguments == ["query"]:
                settings = {"TIERING_QUERY": self.query, "TIERING_QUERY_TOKENS_FILE": "compose/query-tokens"}
                self.running["query"] = self.deployment.serve(**settings)
            case "look_up":
                looked_up = subprocess.run(["sh", "-c", f"{self._look_up()}; {line}"], capture_output=True, text=True, check=True)
                assert looked_up.stderr == ""
                return looked_up.stdout
            case "start":
                self.running[arguments[0]] = self.deployment.work(arguments[0])
            case "stop":
                worker = self.running.pop(arguments[0])
                worker.terminate()
                assert worker.wait(120) in self.ends
            case "tiering":
                done = CliRunner().invoke(tiering, arguments, env={**self.deployment.environment(), "COLUMNS": "300"})
                assert done.exit_code == code, f"{line}: exit {done.exit_code}\n{done.output}"
                return done.output
            case name if name in ("redis-cli", *KAFKAS):
                environment = {**self.deployment.environment(), "PATH": f"{self.directory}:{os.environ['PATH']}"}
                tool = subprocess.run(["bash", "-c", line], env=environment, capture_output=True, text=True, check=False)
                assert tool.returncode == code, f"{line}: exit {tool.returncode}\n{tool.stdout}{tool.stderr}"
                return tool.stdout
            case _:
                pytest.fail(f"{line}: nobody runs {verb} here")
        return ""

    def _look_up(self) -> str:
        """What the page has people put into their shell for Docker, with the address of this query."""
        [line] = re.findall(r"^look_up\(\) .*127\.0\.0\.1:8090/customers/.*$", TASKS, re.MULTILINE)
        return str(line).replace("127.0.0.1:8090", self.query)

    async def _can_be_looked_up(self) -> bool:
        """Whether the query knows everybody whom it could know."""
        return b"every customer can be looked up" in b"".join(
            path.read_bytes() for path in self.deployment.directory.glob("query-*.log")
        )

    async def _arrived(self) -> bool:
        """Whether intake has dealt with what was sent."""
        found = await letters(self.deployment.settings, topics.ORDERS, self.deployment.settings.partitions)
        for each in found:
            self.here[LETTER] = f"orders.dlt-{each.partition}@{each.offset}"
        log = await read(self.deployment, topics.CUSTOMER_ACTIVITY)
        return bool(found) and sum(record.key is not None for record in log) >= 330

    async def _caught_up(self) -> bool:
        """Whether the customers role has read the log to its end."""
        reader = Reader(self.deployment.settings.cluster)
        try:
            return all(each.next == each.end for each in await active_policies(reader, self.deployment.settings))
        finally:
            await reader.stop()


def missing(said: str, expected: list[str]) -> Iterator[str]:
    """The lines that did not come, in this order."""
    lines = iter(said.splitlines())
    for line in expected:
        pattern = re.sub(r"([\[\]?*])", r"[\1]", line.strip()).replace("…", "*")
        if not any(fnmatchcase(each.strip(), pattern) for each in lines):
            yield f"{line}\n--- was not said in ---\n{said}"
            return


@pytest.mark.integration
async def test_it_can_be_followed(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deployment.settings = deployment.in_time("wall")
    page = Page(deployment, tmp_path)

    for block in blocks():
        said = await page.run(block)
        assert not list(missing(said, block.said))


@pytest.mark.integration
async def test_kafkas_own_tools_can_be_asked_as_the_alerts_say(deployment: Deployment, tmp_path: Path) -> None:
    page = Page(deployment, tmp_path)
    page.here = {f" {name}": f" {deployment.settings.topic_prefix}{name}" for name in ("orders", "tiering-customers")}
    await page.run(Block([f"tiering topics apply --policy {tmp_path / 'policy.toml'}"], []))
    commands = re.findall(r"kafka-[a-z-]+\.sh [^`\n]+", runbook.TEXT)
    assert {command.split()[0] for command in commands} == set(KAFKAS)
    for command in commands:
        await page.run(Block([command], []))


def commands() -> set[str]:
    """All commands of the service that the tasks name, run or not."""
    text = TASKS.replace("\\\n", " ")
    spans = re.findall(r"`(tiering [^`\n]+)`", text)
    lines = [line.partition("  #")[0].strip() for line in text.splitlines()]
    inside = [line.partition(" -- ")[2] for line in lines if line.startswith("kubectl") and " -- tiering " in line]
    return {each for each in (*spans, *lines, *inside) if each.startswith("tiering ")}


@pytest.mark.parametrize("command", sorted(commands()))
def test_it_names_commands_that_there_are(command: str) -> None:
    assert list(runbook.unknown(command)) == []


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?<![\w/.])deploy/[\w./-]*\w", TASKS))))
def test_it_names_files_that_there_are(path: str) -> None:
    assert (ROOT / path).exists()


def test_it_names_workloads_that_there_are() -> None:
    manifests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "deploy" / "kubernetes").rglob("*.yaml"))
    there = set(re.findall(r"kind: (\w+)\nmetadata:\n  name: ([\w-]+)", manifests))
    named = set(re.findall(r"\b(deployment|statefulset|job)/([\w-]+)", TASKS))

    assert {(kind.lower(), name) for kind, name in there} >= named
