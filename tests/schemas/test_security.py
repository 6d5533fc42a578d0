"""What SECURITY.md says of where personal data lie, and for how long, is what the topics are."""

import re
from pathlib import Path

from schemas.topics import CUSTOMER_ACTIVITY, DAY, DEAD_LETTER_REPLAYS, FOREVER, TOPICS, Topic

TEXT = (Path(__file__).parents[2] / "SECURITY.md").read_text()
TABLE = TEXT.partition("## Personal data")[2].partition("\n## ")[0]
NOTHING_PERSONAL = {DEAD_LETTER_REPLAYS}


def kept(topic: Topic) -> str:
    """How the table puts it."""
    if topic.cleanup == "compact":
        return "until he is erased"
    return "for ever" if topic.retention_ms == FOREVER else f"{topic.retention_ms // DAY} days"


def test_every_topic_is_in_the_table_with_how_long_it_keeps() -> None:
    said: dict[str, str] = {}
    for where, _, how_long in re.findall(r"^\| (`[^|]+) \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE):
        said |= dict.fromkeys(re.findall(r"`([^`]+)`", where), how_long)
    for topic in TOPICS:
        name = "*.dlt" if topic.name.endswith(".dlt") else topic.name
        if name not in NOTHING_PERSONAL:
            assert said[name].startswith(kept(topic)), name
    assert said[CUSTOMER_ACTIVITY].startswith("for ever")


def test_the_files_it_names_are_there() -> None:
    root = Path(__file__).parents[2]
    named = re.findall(r"\]\(([^)]+)\)", TEXT) + re.findall(r"`((?:service|schemas|deploy)/[\w./]+)`", TEXT)
    assert named
    assert [name for name in named if not (root / name).exists()] == []
