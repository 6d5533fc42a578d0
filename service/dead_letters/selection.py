"""Which dead letters somebody asks for, and how many there are of what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.dead_letters.letters import Letter


@dataclass(frozen=True, slots=True)
class Selection:
    """What a letter's latest refusal has to be; empty or None: anything. `since` counts, `until` does not."""

    topics: tuple[str, ...] = ()
    """Where it came from, as the topic is named in Kafka."""
    codes: tuple[str, ...] = ()
    customer: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    """In the message, in capitals or not."""

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is asked for."""
        latest = letter.latest
        return (
            (not self.topics or latest.topic in self.topics)
            and (not self.codes or latest.code in self.codes)
            and (self.customer is None or latest.customer == self.customer)
            and (self.since is None or latest.timestamp >= self.since.timestamp() * 1000)
            and (self.until is None or latest.timestamp < self.until.timestamp() * 1000)
            and (self.text is None or self.text.casefold() in latest.message.casefold())
        )


@dataclass(slots=True)
class Group:
    """Letters of one topic and code; the example is the newest."""

    topic: str
    code: str
    example: Letter
    count: int = 0
    since: int = 0
    """The first refusal's timestamp, in milliseconds since 1970."""


def groups(letters: Iterable[Letter]) -> list[Group]:
    """By topic and code, the largest first."""
    found: dict[tuple[str, str], Group] = {}
    for letter in letters:
        latest = letter.latest
        group = found.setdefault((latest.topic, latest.code), Group(latest.topic, latest.code, letter, since=letter.since))
        group.count += 1
        group.since = min(group.since, letter.since)
        if latest.timestamp >= group.example.latest.timestamp:
            group.example = letter
    return sorted(found.values(), key=lambda group: (-group.count, group.topic, group.code))
