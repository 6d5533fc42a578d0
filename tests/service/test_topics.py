"""`tiering topics` where no Kafka is needed: the plan, and one sentence for what is wrong."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from schemas import topics
from schemas.topics import TOPICS
from service import admin
from service.commands.topics import command
from service.settings import Settings
from tests.builders import POLICY


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is ours and answers nobody."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def run(*arguments: str, **variables: str) -> Result:
    """The command, in an environment that names no deployment but what is given."""
    names = ("KAFKA", "REDIS", "TOPIC_PREFIX", "PARTITIONS", "INBOUND_PARTITIONS", "REPLICATION")
    empty = {f"TIERING_{name}": "" for name in names}
    return CliRunner().invoke(command, arguments, env={**empty, **{f"TIERING_{name}": text for name, text in variables.items()}})


def test_the_plan_names_every_topic_with_its_partitions() -> None:
    result = run("plan", PARTITIONS="6", INBOUND_PARTITIONS="9", TOPIC_PREFIX="north.")
    assert (result.exit_code, result.stderr) == (0, "")
    counts = {line.split()[0]: int(line.split()[1]) for line in result.stdout.splitlines()}
    assert set(counts) == {f"north.{topic.name}" for topic in TOPICS}
    apart = {f"north.{name}" for topic in topics.INBOUND for name in (topic, topics.dead_letter_topic(topic))}
    apart.add(f"north.{topics.DEAD_LETTER_REPLAYS}")
    assert counts == {name: 9 if name in apart else 6 for name in counts}


def test_the_log_keeps_everything_with_the_brokers_time_and_tables_keep_the_newest() -> None:
    settings = {topic.name: topic.configuration() for topic, _, _ in admin.plan(Settings())}
    assert settings[topics.CUSTOMER_ACTIVITY] == {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "message.timestamp.type": "LogAppendTime",
    }
    for name in (topics.CHANGELOG, topics.CUSTOMER_PROFILES):
        assert settings[name] == {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}


@pytest.mark.parametrize("arguments", [["check"], ["apply", "--policy", "coffee.toml"]])
def test_a_kafka_that_does_not_answer_is_one_sentence(
    arguments: list[str], closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("coffee.toml").write_text(POLICY, encoding="utf-8")
    result = run(*arguments, KAFKA=f"127.0.0.1:{closed_port}")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"Kafka at 127.0.0.1:{closed_port} does not answer")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), ("name = ", "policy.toml: not TOML"), ('name = "x"\n', "version"), (b"\xff", "utf-8")],
)
def test_a_policy_that_cant_be_read_is_wrong_use(tmp_path: Path, content: object, says: str) -> None:
    path = tmp_path / "policy.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else str(content).encode())
    result = run("apply", "--policy", str(path))
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


@pytest.mark.parametrize("subcommand", ["plan", "check"])
def test_bad_settings_are_wrong_use(subcommand: str) -> None:
    result = run(subcommand, PARTITIONS="many")
    assert result.exit_code == 2
    assert "TIERING_PARTITIONS is 'many'" in result.stderr
