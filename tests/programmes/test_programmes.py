"""The programmes of the world: histories replayed, byte for byte, and against what was worked out by hand in the README."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from service.commands.replay import command
from service.domain.policy_file import parse_policy

HERE = Path(__file__).parent
POLICIES = Path(__file__).parents[2] / "service" / "policies" / "programmes"
SECTIONS = {
    title[1]: (date.fromisoformat(title[2]), part)
    for part in (HERE / "README.md").read_text(encoding="utf-8").split("\n## ")[1:]
    if (title := re.match(r"([a-z0-9-]+) \(until (\S+)\)", part))
}


def golden(name: str) -> bytes:
    """What the file beside the history says."""
    return (HERE / f"{name}.announcements.jsonl").read_bytes()


def by_hand(name: str) -> list[list[str]]:
    """Day, customer, announcement and reason of the rows of a programme's table."""
    rows = [line.strip("|").split("|")[:4] for line in SECTIONS[name][1].splitlines() if line.startswith("| 2")]
    return [[cell.strip() for cell in row] for row in rows]


def told(announcement: dict[str, Any], zone: ZoneInfo) -> list[str]:
    """An announcement in the words of the table."""
    data: dict[str, Any] = announcement["data"]
    day = data.get("effective_on") or datetime.fromisoformat(announcement["time"]).astimezone(zone).date().isoformat()
    match announcement["type"]:
        case "tier.changed.v1":
            until = f" until {data['held_until']}" if data["held_until"] else ""
            said = f"{data['scheme']}: {data['from_tier'] or 'none'} → {data['to_tier']}{until}"
        case "tier.expiring.v1":
            said = f"{data['scheme']}: {data['tier']} expires {data['check_on']}, missing {data['missing']['missing']}"
        case _:
            said = f"stage: {data['from_stage'] or 'none'} → {data['to_stage']}"
    return [day, announcement["subject"], said, data.get("reason", "")]


def test_every_programme_has_a_section_and_a_history() -> None:
    names = {path.stem for path in POLICIES.glob("*.toml")}
    assert set(SECTIONS) == names == {path.name.split(".")[0] for path in HERE.glob("*.jsonl")}
    assert len(names) == 8


@pytest.mark.parametrize("name", SECTIONS)
def test_the_history_leads_to_the_announcements_byte_for_byte(name: str, tmp_path: Path) -> None:
    said, refused = tmp_path / "said", tmp_path / "refused"
    files = ["--policy", POLICIES / f"{name}.toml", "--events", HERE / f"{name}.jsonl", "--until", SECTIONS[name][0]]
    result = CliRunner().invoke(command, [str(each) for each in [*files, "--announcements", said, "--dead-letters", refused]])
    assert (result.exit_code, refused.read_bytes()) == (0, b"")
    assert said.read_bytes() == golden(name)


@pytest.mark.parametrize("name", SECTIONS)
def test_the_announcements_are_those_worked_out_by_hand(name: str) -> None:
    zone = parse_policy((POLICIES / f"{name}.toml").read_text(encoding="utf-8")).frame.zone
    assert [told(json.loads(line), zone) for line in golden(name).splitlines()] == by_hand(name)
