"""What was announced: to each customer what he should hear, byte for byte, each once, and nothing else to anybody."""

import json
from collections import defaultdict
from collections.abc import Iterator

from service.effects import TOPIC_OF
from service.faust_safe.work import TP
from tests.simulator import against_oracle
from tests.simulator.reference import Reference
from tests.simulator.world import World

TOPICS = sorted(set(TOPIC_OF.values()))
Said = defaultdict[tuple[str, bytes], list[bytes]]
"""By topic and customer."""


def faults(world: World, log: TP, reference: Reference) -> Iterator[str]:
    """What differs in one partition."""
    found = Said(list)
    for topic in TOPICS:
        for record in world.kafka.read(TP(topic, log.partition)):
            found[topic, record.key or b""].append(record.value or b"")
    for topic, key in sorted(found.keys() | reference.announcements.keys()):
        yield from _differ(f"{topic}-{log.partition}, {key.decode()}", found[topic, key], reference.announcements[topic, key])
    said = defaultdict[bytes, list[bytes]](list)
    for (_, key), values in found.items():
        said[key] = sorted(said[key] + values, key=_sequence)
    for key, values in said.items():
        if (sequence := [_sequence(value) for value in values]) != list(range(1, len(values) + 1)):
            yield f"{key.decode()}: the sequence is {sequence}"
    yield from _never_announced(world, log.partition, {value for values in said.values() for value in values})
    if world.asks_the_oracle and not world.poison and said:
        key = max(said)
        yield from against_oracle.faults(key.decode(), world.mode, world.kafka.read(log), said[key])


def _differ(where: str, said: list[bytes], right: list[bytes]) -> Iterator[str]:
    if said != right:
        first = next((i for i, (a, b) in enumerate(zip(said, right, strict=False)) if a != b), min(len(said), len(right)))
        yield (
            f"{where}: announcement {first} of {len(right)} (found {len(said)}) is {_at(said, first)}"
            f" and should be {_at(right, first)}"
        )


def _never_announced(world: World, partition: int, committed: set[bytes]) -> Iterator[str]:
    """What only read_uncommitted readers heard must be repeats."""
    for record in world.kafka.aborted:
        ours = record.topic in TOPICS and record.partition == partition
        if ours and record.value not in committed:
            yield f"{record.topic}-{partition}: read_uncommitted saw {record.value!r}, which was never announced"


def _sequence(announcement: bytes) -> int:
    return int(json.loads(announcement)["sequence"])


def _at(values: list[bytes], place: int) -> str:
    return values[place].decode() if place < len(values) else "missing"
