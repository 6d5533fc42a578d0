"""What must hold at the end of every schedule."""

import json
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from schemas import codec, topics
from service import rows
from service.effects import TOPIC_OF
from service.faust_safe.lanes import TP
from service.faust_safe.table import Part
from service.partition import Partition
from service.partition_row import PartitionRow
from tests.simulator import accounts, against_oracle
from tests.simulator.kafka import Record
from tests.simulator.reference import Reference
from tests.simulator.world import World

ANNOUNCEMENTS = sorted(set(TOPIC_OF.values()))


def judge(world: World) -> str | None:
    """The first thing that is wrong, in words; None when nothing is."""
    return next(_faults(world), None)


def _faults(world: World) -> Iterator[str]:
    yield from accounts.faults(world)
    for tp in world.log:
        reference = Reference(tp.partition, world.mode, world.kafka.read(tp))
        yield from _announcements(world, tp.partition, reference)
        yield from _dead_letters(world, tp.partition, reference)
        if world.asks_the_oracle:
            yield from _oracle(world, tp)
        part = Part()
        part.load(world.kafka.read(TP(topics.CHANGELOG, tp.partition)))
        yield from _rows(part.rows, reference.partition)
        yield from _profiles(world, tp.partition, part.rows)
    yield from _read_model(world)


def _announcements(world: World, partition: int, reference: Reference) -> Iterator[str]:
    found: defaultdict[tuple[str, bytes], list[bytes]] = defaultdict(list)
    for topic in ANNOUNCEMENTS:
        for record in world.kafka.read(TP(topic, partition)):
            found[topic, record.key or b""].append(record.value or b"")
    for topic, key in sorted(found.keys() | reference.announcements.keys()):
        said, right = found[topic, key], reference.announcements[topic, key]
        if said != right:
            place = next((i for i, (a, b) in enumerate(zip(said, right, strict=False)) if a != b), min(len(said), len(right)))
            yield (
                f"{topic}-{partition}, {key.decode()}: announcement {place} of {len(right)} (found {len(said)})"
                f" is {_at(said, place)} and should be {_at(right, place)}"
            )
    numbers: defaultdict[bytes, list[int]] = defaultdict(list)
    for (_, key), values in found.items():
        numbers[key] += map(_sequence, values)
    for key, sequence in numbers.items():
        if sorted(sequence) != list(range(1, len(sequence) + 1)):
            yield f"{key.decode()}: the sequence is {sorted(sequence)}"
    committed = {value for values in found.values() for value in values}
    for record in world.kafka.aborted:
        if record.topic in ANNOUNCEMENTS and record.partition == partition and record.value not in committed:
            yield f"{record.topic}-{partition}: read_uncommitted saw {record.value!r}, which was never announced"


def _oracle(world: World, log: TP) -> Iterator[str]:
    """For one customer."""
    said = [record for topic in ANNOUNCEMENTS for record in world.kafka.read(TP(topic, log.partition))]
    if said:
        key = max(record.key or b"" for record in said)
        values = sorted((record.value or b"" for record in said if record.key == key), key=_sequence)
        yield from against_oracle.faults(key.decode(), world.mode, world.kafka.read(log), values)


def _sequence(announcement: bytes) -> int:
    return int(json.loads(announcement)["sequence"])


def _dead_letters(world: World, partition: int, reference: Reference) -> Iterator[str]:
    tp = TP(topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY), partition)
    found = [accounts.reason(record) for record in world.kafka.read(tp)]
    if found != reference.dead_letters:
        yield f"{tp.topic}-{partition}: {found} and should be {reference.dead_letters}"


def _rows(stored: dict[bytes, bytes], right: Partition) -> Iterator[str]:
    found = Partition(right.number, dict(stored), mode=right.mode)
    if found.due or found.pending_profiles:
        yield f"partition {right.number}: {found.due} reviews and {found.pending_profiles} profiles were left"
        return
    if _plain(found.row) != _plain(right.row):
        yield f"partition {right.number}: its row is {_plain(found.row)} and should be {_plain(right.row)}"
    day = right.clock.day
    if (profiles := dict(found.profiles(day))) != (others := dict(right.profiles(day))):
        yield f"partition {right.number}: the rows say {profiles} and should say {others}"
    for key in right.stored.keys() - {right.key}:
        head, other = rows.header(stored[key]), rows.header(right.stored[key])
        for name in ("sequence", "position", "enrolled_on", "not_before", "policy_version"):
            if getattr(head, name) != getattr(other, name):
                yield f"{key.decode()}: the row's {name} is {getattr(head, name)} and should be {getattr(other, name)}"


def _profiles(world: World, partition: int, stored: dict[bytes, bytes]) -> Iterator[str]:
    """Each customer's newest profile is what his row says, and none before was newer."""
    newest: dict[bytes, Record] = {}
    versions: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for record in world.kafka.read(TP(topics.CUSTOMER_PROFILES, partition)):
        key, data = record.key or b"", codec.decode_profile(record.value or b"").data
        newest[key] = record
        versions[key].append((data.position, data.sequence))
    owner = Partition(partition, dict(stored), mode=world.mode)
    for key, row in stored.items():
        if key == owner.key:
            continue
        if key not in newest:
            yield f"{key.decode()} has no profile"
            continue
        found = codec.decode_profile(newest[key].value or b"").data
        policy = owner.policies.of(rows.header(row).policy_version)
        right = rows.decode(key.decode(), row, policy).profile(policy, found.position)
        if found != right:
            yield f"{key.decode()}: the newest profile is {found} and should be {right}"
        if versions[key] != sorted(versions[key]):
            yield f"{key.decode()}: profiles went back: {versions[key]}"


def _read_model(world: World) -> Iterator[str]:
    """Redis holds each customer's newest profile and nothing else."""
    right = {}
    for tp in world.profiles:
        for record in world.kafka.read(tp):
            right[record.key or b""] = bytes(_published.decode(record.value or b"").data)
    if (found := world.store.content("profile:")) != right:
        yield f"Redis holds {found} and should hold {right}"


class _Published(msgspec.Struct):
    data: msgspec.Raw


_published = msgspec.json.Decoder(_Published)


def _plain(row: PartitionRow) -> dict[str, object]:
    return {name: each for name, each in msgspec.structs.asdict(row).items() if name != "profiled"}


def _at(values: list[bytes], place: int) -> str:
    return values[place].decode() if place < len(values) else "missing"
