"""How large rows are: of real households, and of a customer who comes three times a day for two years."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from service.demo import journey
from service.domain.policy_file import parse_policy
from service.replay import Replay
from tests.performance.bench_events import Producer
from tests.performance.bench_log import CLOSING, OPENING, SPAN_DAYS, TODAY

MOST_MEDIAN, MOST_REGULAR = 700, 16 * 1024
A_DAY = 3


@dataclass(frozen=True)
class Sizes:
    """Bytes of the rows of some customers; a limit is None where none is set."""

    whose: str
    customers: int
    median: float
    largest: int
    limit: int | None = None

    @property
    def fits(self) -> bool:
        """Whether the median is within the limit."""
        return self.limit is None or self.median <= self.limit


def journey_sizes(policy_text: str) -> Sizes:
    """The rows of the demo's households at the end of the data set, under a policy in its time zone and currency."""
    replay = journey_replay(policy_text)
    return _sizes(f"Complete Journey, {replay.policy.label}", replay, MOST_MEDIAN)


def journey_replay(policy_text: str) -> Replay:
    """The demo's events, all of them, under a policy in their time zone and currency."""
    policy = parse_policy(policy_text)
    text = policy_text.replace(f'"{policy.frame.time_zone}"', f'"{journey.ZONE.key}"')
    replay = Replay(text.replace(f'"{policy.frame.currency}"', '"USD"'))
    for sent in journey.events():
        replay.feed(sent.value)
    return replay


def regular_sizes(policy_text: str, interactions: int) -> Sizes:
    """The row of one customer with three orders a day for two years, and so many interactions a day."""
    replay = Replay(policy_text)
    for value in _visits(Producer(replay.policy.frame), interactions):
        replay.feed(value)
    whose = f"{A_DAY} orders" + (f" and {interactions} interactions" if interactions else "") + " a day for 2 years"
    return _sizes(f"{whose}, {replay.policy.label}", replay, None if interactions else MOST_REGULAR)


def _visits(producer: Producer, interactions: int) -> Iterator[bytes]:
    for day in range(TODAY - SPAN_DAYS, TODAY):
        for number in range(interactions):
            yield producer.interaction("regular", day, OPENING + number, "app-open")
        for number in range(A_DAY):
            yield producer.order("regular", day, OPENING + (CLOSING - OPENING) * (number + 1) // (A_DAY + 1))


def _sizes(whose: str, replay: Replay, limit: int | None) -> Sizes:
    partition = replay.partition
    sizes = [len(row) for key, row in partition.stored.items() if key != partition.key]
    return Sizes(whose, len(sizes), median(sizes), max(sizes), limit)
