"""Two policies compared: each difference by its name, in words, and nothing else."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.commands.policy import command
from service.domain.policy_file import parse_policy
from service.policy_values import differences
from tests import builders

POLICY = parse_policy(builders.POLICY)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version = 1", "version = 2", {}),
        ("late_days = 60", "late_days = 50", {"frame.late_days": ("60", "50")}),
        (
            "at_least = 500 }] }",
            "at_least = 600 }] }",
            {
                "scheme.membership.silver.entry": (
                    "spend_minor of 500 or more over rolling 30",
                    "spend_minor of 600 or more over rolling 30",
                )
            },
        ),
        ('name = "silver"', 'name = "argent"', None),
    ],
)
def test_each_difference_has_a_name(old: str, new: str, expected: dict[str, tuple[str, str]] | None) -> None:
    found = differences(POLICY, parse_policy(builders.POLICY.replace(old, new)))

    if expected is None:  # a renamed tier: one is gone, one is new, and the ladder says so
        assert set(found) == {
            "scheme.membership",
            "scheme.membership.argent.entry",
            "scheme.membership.argent.keep",
            "scheme.membership.silver.entry",
            "scheme.membership.silver.keep",
        }
        assert found["scheme.membership.silver.entry"][1] is None
    else:
        assert found == expected


def test_the_command_says_whether_a_log_could_change(tmp_path: Path) -> None:
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(builders.POLICY)
    new.write_text(builders.POLICY.replace("version = 1", "version = 2").replace("late_days = 60", "late_days = 50"))

    result = CliRunner().invoke(command, ["diff", str(old), str(new), "--json"])

    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (said["before"], said["after"]) == ("test@1", "test@2")
    assert said["changes"] == {"frame.late_days": {"before": "60", "after": "50"}}
    assert "run `tiering rebuild" in said["refused"]
