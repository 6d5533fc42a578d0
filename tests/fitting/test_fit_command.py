"""`tiering fit` as it is typed."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.commands import fit
from service.domain.policy_file import parse_policy
from tests import builders

FAST = ("--horizon", "20")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The policy as a file."""
    file = tmp_path / "policy.toml"
    file.write_text(builders.FRAME)
    return file


@pytest.fixture
def events(tmp_path: Path) -> str:
    """Forty customers: every third day, every eleventh day, or an end after a while."""
    lines = [
        builders.order(day, 400 + 10 * number, id=f"{number}-{day}", customer=f"c-{number}")
        for number in range(40)
        for day in range(number, 200 - number * 3 * (number % 2), 3 if number % 4 else 11)
    ]
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(lines))
    return str(file)


def run(policy: Path, events: str, *arguments: str) -> Result:
    """What a shell would see."""
    return CliRunner().invoke(fit.command, ["--policy", str(policy), "--events", events, *arguments])


def test_a_policy_section_comes_out(policy: Path, events: str) -> None:
    result = run(policy, events, *FAST)

    assert result.exit_code == 0
    churn = parse_policy(builders.FRAME + result.stdout).churn
    assert churn is not None
    assert churn.horizon_days == 20
    assert 400 <= churn.mean_order_minor <= 800
    assert "held out" in result.stderr
    assert "40 customers with an order, 0 events refused" in result.stderr


def test_the_snippet_can_go_to_a_file_and_the_scores_to_a_program(policy: Path, events: str, tmp_path: Path) -> None:
    out = tmp_path / "churn.toml"

    result = run(policy, events, *FAST, "--out", str(out), "--json", "--cut", "2024-03-20", "--cut", "2024-05-01")

    said = json.loads(result.stdout)
    assert said["cuts"] == ["2024-03-20", "2024-05-01"]
    assert said["churn"]["tau_days"] == tomllib.loads(out.read_text())["churn"]["tau_days"]
    model, since, base = (line for line in said["scores"] if line["customers"] == "fitted")
    assert (model["score"], since["brier"], base["auc"]) == ("the model", None, 0.5)
    assert model["log_loss"] < base["log_loss"]


def test_what_is_read_is_not_written(policy: Path, events: str, tmp_path: Path) -> None:
    for out in (str(policy), events):
        result = run(policy, events, *FAST, "--out", out)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{out} is both read and written" in result.stderr
    assert policy.read_text() == builders.FRAME
    assert "no directory" in run(policy, events, "--out", str(tmp_path / "none" / "churn.toml")).stderr


def test_the_same_events_give_the_same_bytes(policy: Path, events: str) -> None:
    assert run(policy, events, *FAST).stdout == run(policy, events, *FAST).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--horizon", "190"), "too few to see 190 days ahead"),
        (("--cut", "2024-07-15"), "not all known: events end 2024-07-1"),
        (("--cut", "2020-01-01"), "no order is known up to the cut 2020-01-01"),
        (("--events", "none.jsonl"), "none.jsonl"),
        (("--horizon", "0"), "0 is not in the range"),
    ],
)
def test_wrong_use(policy: Path, events: str, arguments: tuple[str, ...], said: str) -> None:
    result = run(policy, events, *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_files_without_an_order_and_a_bad_policy_are_wrong_use(policy: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.jsonl"
    nothing.write_bytes(builders.interaction(1, "app-open", id="1"))

    assert run(policy, str(nothing)).exit_code == 2
    assert "no order that counts" in run(policy, str(nothing)).stderr
    policy.write_text("name = 3")
    assert run(policy, str(nothing)).exit_code == 2


def test_without_numpy_it_says_what_to_install(policy: Path, events: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "find_spec", lambda name: None if name == "numpy" else name)

    result = run(policy, events)

    assert result.exit_code == 2
    assert "a fit needs numpy: pip install 'customer-tiering[fit]'" in result.stderr
