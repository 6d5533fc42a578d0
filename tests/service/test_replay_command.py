"""`tiering replay` as it is typed."""

import gzip
import json
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner

from service.commands.replay import command
from tests import builders


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The policy as a file."""
    file = tmp_path / "policy.toml"
    file.write_text(builders.POLICY)
    return file


def run(policy: Path, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    """The exit code and the lines on stdout."""
    result = CliRunner().invoke(command, ["--policy", str(policy), *arguments])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def written(file: Path, *events: bytes) -> str:
    """A file of events, packed as its name says."""
    content = b"\n".join(events) + b"\n"
    if file.suffix == ".gz":
        content = gzip.compress(content)
    elif file.suffix == ".zst":
        content = zstandard.compress(content)
    file.write_bytes(content)
    return str(file)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_profiles_are_as_of_the_last_day(policy: Path, tmp_path: Path, name: str) -> None:
    events = written(tmp_path / name, builders.order(0, 100, id="1"), builders.order(9, 100, id="2", customer="b-1"))

    code, profiles = run(policy, "--events", events, "--profiles", "-")

    assert code == 0
    assert [profile["customer_id"] for profile in profiles] == ["b-1", "c-1"]
    assert {profile["data"]["as_of"] for profile in profiles} == {"2024-01-10"}  # type: ignore[index]


def test_until_skips_later_events_and_closes_the_day(policy: Path, tmp_path: Path) -> None:
    events = written(tmp_path / "a.jsonl", builders.order(0, 500, id="1"), builders.order(300, 100, id="2"), b"{")

    code, said = run(policy, "--events", events, "--until", "2024-03-01", "--announcements", "-")
    _, letters = run(policy, "--events", events, "--until", "2024-03-01", "--dead-letters", "-")

    assert code == 0
    losses = [each for each in said if each["data"]["reason"] == "time" and each["type"] == "tier.changed.v1"]  # type: ignore[index]
    assert [(each["data"]["to_tier"], each["time"]) for each in losses] == [("regular", "2024-02-03T00:00:00Z")]  # type: ignore[index]
    assert [(letter["code"], letter["line"]) for letter in letters] == [("malformed-json", 3)]


def test_merge_takes_the_file_whose_next_line_is_earliest(policy: Path, tmp_path: Path) -> None:
    late, early = builders.order(80, 100, id="1"), builders.order(1, 100, id="2")
    files = [written(tmp_path / "late.jsonl", late), written(tmp_path / "early.jsonl", early)]

    _, in_order = run(policy, "--events", files[0], files[1], "--dead-letters", "-")
    _, merged = run(policy, "--merge", "--events", files[0], files[1], "--dead-letters", "-")

    assert [letter["code"] for letter in in_order] == ["too-late"]
    assert merged == []


def test_a_file_that_is_not_there_is_wrong_use(policy: Path, tmp_path: Path) -> None:
    assert run(policy, "--events", str(tmp_path / "none.jsonl"))[0] == 2
    assert run(tmp_path / "none.toml", "--events", str(policy))[0] == 2


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_file_that_is_cut_off_or_no_such_file_is_named(policy: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    events = written(file, *(builders.order(day, 100, id=str(day)) for day in range(50)))
    file.write_bytes(file.read_bytes()[:-20])
    cut = CliRunner().invoke(command, ["--policy", str(policy), "--events", events])
    file.write_bytes(b"something else")
    other = CliRunner().invoke(command, ["--policy", str(policy), "--events", events])

    assert (cut.exit_code, other.exit_code) == (2, 2)
    assert name in cut.stderr
    assert name in other.stderr


def test_what_is_read_is_not_written(policy: Path, tmp_path: Path) -> None:
    events = written(tmp_path / "a.jsonl", builders.order(0, 100, id="1"))
    before = Path(events).read_bytes()
    (tmp_path / "link").symlink_to(policy)

    for option in ("--profiles", "--announcements", "--dead-letters"):
        for out in (events, str(policy), str(tmp_path / "link"), str(tmp_path / "." / "a.jsonl")):
            result = CliRunner().invoke(command, ["--policy", str(policy), "--events", events, option, out])
            assert result.exit_code == 2
            assert f"{out} is both read and written" in result.stderr
    assert Path(events).read_bytes() == before
    assert policy.read_text() == builders.POLICY


def test_two_outputs_are_two_files(policy: Path, tmp_path: Path) -> None:
    events, out = written(tmp_path / "a.jsonl", builders.order(0, 100, id="1")), tmp_path / "out"

    for other in (out, tmp_path / "none" / ".." / "out"):
        (tmp_path / "none").mkdir(exist_ok=True)
        files = ["--profiles", str(out), "--dead-letters", str(other)]
        result = CliRunner().invoke(command, ["--policy", str(policy), "--events", events, *files])
        assert (result.exit_code, out.exists()) == (2, False)
        assert f"{other} is written twice" in result.stderr
    devices = ["--announcements", "/dev/null", "--dead-letters", "/dev/null"]
    assert run(policy, "--events", events, *devices, "--profiles", "-")[0] == 0
    assert run(policy, "--events", events, "--announcements", "-", "--profiles", "-")[0] == 0


def test_an_output_in_a_directory_that_is_not_there_leaves_the_others_as_they_were(policy: Path, tmp_path: Path) -> None:
    events, out = written(tmp_path / "a.jsonl", builders.order(0, 100, id="1")), tmp_path / "out"

    assert run(policy, "--events", events, "--profiles", str(out), "--dead-letters", str(tmp_path / "none" / "d"))[0] == 2
    assert not out.exists()


def test_merge_goes_by_the_time_of_the_envelope(policy: Path, tmp_path: Path) -> None:
    late, early = json.loads(builders.order(80, 100, id="1")), builders.order(1, 100, id="2").replace(b"Z", b"z")
    late = {"data": {**late.pop("data"), "time": "2020-01-01T00:00:00Z"}, **late}
    files = [written(tmp_path / "late.jsonl", json.dumps(late).encode()), written(tmp_path / "early.jsonl", early)]

    assert run(policy, "--merge", "--events", files[0], files[1], "--dead-letters", "-") == (0, [])
