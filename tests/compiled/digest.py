"""What comes out of histories, to the byte: announcements, profiles and rows. As a program it prints that of what it imports."""

import gzip
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

import msgspec

from service import partition
from service.replay import Replay

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "service" / "policies"
PROGRAMMES = ROOT / "tests" / "programmes"
HOUSEHOLDS = ROOT / "service" / "laptop" / "data" / "complete-journey.jsonl.gz"
EVENTS = 5_000


def digests() -> Iterator[str]:
    """A line per history: two policies on real purchases, and the programmes."""
    for name in ("coffee", "grocery"):
        text = (POLICIES / f"{name}.toml").read_text(encoding="utf-8")
        text = text.replace("Asia/Shanghai", "America/New_York").replace("CNY", "USD")
        with gzip.open(HOUSEHOLDS) as events:
            yield f"{name} {_digest(text, islice(events, EVENTS))}"
    for path in sorted((POLICIES / "programmes").glob("*.toml")):
        with (PROGRAMMES / f"{path.stem}.jsonl").open("rb") as events:
            yield f"{path.stem} {_digest(path.read_text(encoding='utf-8'), events)}"


def _digest(policy: str, events: Iterable[bytes]) -> str:
    replay, digest = Replay(policy), sha256()
    for event in events:
        for announcement in replay.feed(event.strip()).announcements:
            digest.update(announcement)
    for announcement in replay.finish():
        digest.update(announcement)
    for profile in replay.profiles():
        digest.update(msgspec.json.encode(profile))
    for row in sorted(replay.partition.stored.items()):
        digest.update(b"".join(row))
    return digest.hexdigest()


if __name__ == "__main__":
    print("\n".join((str(partition.__file__), *digests())))  # noqa: T201
