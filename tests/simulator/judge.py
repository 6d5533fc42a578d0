"""What must hold at the end of every schedule."""

from collections.abc import Iterator

import msgspec

from schemas import topics
from service.faust_safe.table import Part
from service.faust_safe.work import TP
from service.partition import Partition
from tests.simulator import accounts, announced, state
from tests.simulator.reference import Reference
from tests.simulator.world import World


def judge(world: World) -> str | None:
    """The first thing that is wrong, in words; None when nothing is."""
    return next(_faults(world), None)


def _faults(world: World) -> Iterator[str]:
    yield from accounts.faults(world)
    for tp in world.log:
        reference = Reference(tp.partition, world.mode, world.kafka.read(tp))
        yield from announced.faults(world, tp, reference)
        yield from _dead_letters(world, tp.partition, reference)
        part = Part()
        part.load(world.kafka.read(TP(topics.CHANGELOG, tp.partition)))
        yield from state.rows_are_right(part.rows, reference.partition)
        published = world.kafka.read(TP(topics.CUSTOMER_PROFILES, tp.partition))
        owner = Partition(tp.partition, part.rows, mode=world.mode)
        yield from state.profiles_are_of_rows(published, owner, anew=world.rows_are_new)
    yield from _read_model(world)


def _dead_letters(world: World, partition: int, reference: Reference) -> Iterator[str]:
    tp = TP(topics.dead_letter_topic(topics.CUSTOMER_ACTIVITY), partition)
    found = [accounts.reason(record) for record in world.kafka.read(tp)]
    if found != reference.dead_letters:
        yield f"{tp.topic}-{partition}: {found} and should be {reference.dead_letters}"


def _read_model(world: World) -> Iterator[str]:
    """Redis holds each customer's newest profile and nothing else."""
    right: dict[bytes, bytes] = {}
    for tp in world.profiles:
        for record in world.kafka.read(tp):
            right.pop(record.key or b"", None)
            if record.value is not None:
                right[record.key or b""] = bytes(_published.decode(record.value).data)
    if (found := world.store.content("profile:")) != right:
        yield f"Redis holds {found} and should hold {right}"


class _Published(msgspec.Struct):
    data: msgspec.Raw


_published = msgspec.json.Decoder(_Published)
