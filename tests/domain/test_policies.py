"""The two policies that come with the service, and the command that checks a policy file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.commands.policy import command
from service.domain.policy_file import parse_policy

POLICIES = Path(__file__).parents[2] / "service" / "policies"
SMALLEST = 'name = "p"\nversion = 1\n[frame]\ntime_zone = "UTC"\ncurrency = "EUR"\n'


@pytest.mark.parametrize(
    ("file", "zone", "currency", "membership"),
    [
        ("coffee", "Asia/Shanghai", "CNY", ["regular", "silver", "gold", "diamond"]),
        ("grocery", "America/New_York", "USD", ["member", "silver", "gold", "platinum"]),
    ],
)
def test_a_policy_of_the_service_is_good(file: str, zone: str, currency: str, membership: list[str]) -> None:
    policy = parse_policy((POLICIES / f"{file}.toml").read_text(encoding="utf-8"))
    ladders = {scheme.name: [tier.name for tier in scheme.tiers] for scheme in policy.schemes}
    assert ladders == {"membership": membership, "value-class": ["d", "c", "b", "a"]}
    assert (policy.name, policy.frame.time_zone, policy.frame.currency) == (file, zone, currency)
    assert policy.rfm is not None


def test_the_demo_policy_accepts_the_whole_demo_history_late() -> None:
    frame = parse_policy((POLICIES / "grocery.toml").read_text(encoding="utf-8")).frame
    assert (frame.late_days, frame.settle_minutes) == (500, 120)
    assert frame.keep_days >= frame.late_days + frame.refund_horizon_days


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, arguments)
    return result.exit_code, result.stdout, result.stderr


def written(folder: Path, text: str) -> str:
    path = folder / "p.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_check_says_ok_and_shows_the_ladders() -> None:
    code, out, err = run("check", str(POLICIES / "grocery.toml"))
    assert (code, out) == (0, "ok\n")
    assert "membership: member < silver < gold < platinum (asked every day, lost after more than 14 failed checks" in err


def test_check_names_every_fault_and_exits_1(tmp_path: Path) -> None:
    path = written(tmp_path, SMALLEST.replace('"p"', "1").replace('"EUR"', '"eur"'))
    code, out, err = run("check", path)
    assert (code, out) == (1, "")
    assert [line.removeprefix(f"{path}: ").split(":")[0] for line in err.splitlines()] == ["frame.currency", "name"]
    code, out, _ = run("check", "--json", path)
    assert (code, json.loads(out)["ok"], len(json.loads(out)["faults"])) == (1, False, 2)


def test_a_file_that_cannot_be_read_exits_2(tmp_path: Path) -> None:
    assert run("check", str(tmp_path / "none.toml"))[0] == 2
    assert run("show", str(tmp_path / "none.toml"))[0] == 2
    (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
    assert run("check", str(tmp_path / "latin.toml"))[0] == 2


def test_show_as_json_has_the_defaults_filled_in(tmp_path: Path) -> None:
    code, out, _ = run("show", "--json", written(tmp_path, SMALLEST + "[lifecycle]\n"))
    shown = json.loads(out)
    assert code == 0
    assert shown["frame"]["keep_days"] == 400
    assert shown["lifecycle"]["dormant"] == {"gaps": "3.0", "min_days": 21, "max_days": 120}
    assert "text" not in shown


def test_show_writes_conditions_as_the_file_does() -> None:
    _, out, _ = run("show", "--json", str(POLICIES / "coffee.toml"))
    diamond = json.loads(out)["schemes"][0]["tiers"][3]
    assert diamond["entry"]["need"] == 2
    assert diamond["entry"]["of"][1] == {"measure": "purchase_days", "window": "rolling 90", "at_least": 30}


def test_show_refuses_a_bad_policy(tmp_path: Path) -> None:
    assert run("show", written(tmp_path, "version = 1"))[0] == 2


def test_what_follows_from_a_policy_is_computed_once() -> None:
    """In machine code, where a cached_property is computed every time, too."""
    policy = parse_policy((POLICIES / "coffee.toml").read_text(encoding="utf-8"))

    assert policy.churn is not None
    assert policy.churn.bounds is policy.churn.bounds
    assert policy.churn.entered_at is policy.churn.entered_at
    assert policy.frame.zone is policy.frame.zone
    assert policy.label is policy.label
