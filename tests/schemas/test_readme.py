"""The contract's page names every type, topic and code, and nothing that is not there."""

import re
from pathlib import Path

from schemas import documents
from schemas.dead_letters import Code, headers_for
from schemas.json_schema import TYPES
from schemas.topics import INBOUND, TOPICS, dead_letter_topic

PAGE = (Path(documents.__file__).parent / "README.md").read_text("utf-8")
NAMES = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_every_type_is_named_and_no_other() -> None:
    assert {name for name in NAMES if re.fullmatch(r"[a-z.-]+\.v\d+", name)} == set(TYPES)


def test_every_topic_is_named() -> None:
    dead = {dead_letter_topic(name) for name in INBOUND}  # said as a pattern
    assert {topic.name for topic in TOPICS} - dead - NAMES == set()


def test_every_code_is_named_and_no_other() -> None:
    listed = {code for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for code in re.findall(r"`([^`]+)`", row)}
    known = {topic.name for topic in TOPICS}

    assert listed - known == set(Code)


def test_the_retention_that_is_promised_is_that_of_the_table() -> None:
    days = {topic.name: topic.retention_ms // 86_400_000 for topic in TOPICS if topic.cleanup == "delete"}
    promised = re.findall(r"^\| `([a-z-]+)` \|.*\| (\d+) days \|$", PAGE, re.MULTILINE)

    assert len(promised) == 4
    assert {name: int(kept) for name, kept in promised} == {name: days[name] for name, _ in promised}


def test_every_header_of_a_dead_letter_is_named() -> None:
    assert [name for name, _ in headers_for("", 0, 0, Code.CONFLICT, "") if name.rsplit(".", 1)[1] not in PAGE] == []
