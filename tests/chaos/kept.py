"""What is kept: the rows of the table, the profiles topic, and Redis."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from schemas import codec, topics
from schemas.profile import Profile
from service.partition import Partition
from service.settings import Settings
from service.stored_profiles import StoredProfiles
from tests.chaos.reading import records
from tests.chaos.recount import Recount, rebuilt, to_come
from tests.chaos.verdict import Verdict

Table = Mapping[int, Mapping[bytes, bytes]]
"""Rows by partition and key."""


async def rows(settings: Settings) -> Table:
    """The table as its changelog has it: the newest row of each key."""
    found: dict[int, dict[bytes, bytes]] = defaultdict(dict)
    for record in await records(settings.kafka, [settings.topic(topics.CHANGELOG)]):
        if record.value is None:
            found[record.partition].pop(record.key, None)
        else:
            found[record.partition][record.key] = record.value
    return found


async def profiles(settings: Settings) -> dict[str, Profile]:
    """The newest profile of each customer, as the topic has it."""
    found: dict[str, Profile] = {}
    for record in await records(settings.kafka, [settings.topic(topics.CUSTOMER_PROFILES)]):
        profile, customer = codec.decode_profile(record.value).data, record.key.decode()
        before = found.get(customer)
        if before is None or (before.position, before.sequence) <= (profile.position, profile.sequence):
            found[customer] = profile
    return found


async def in_redis(settings: Settings) -> dict[str, Profile]:
    """What Redis shows."""
    model = StoredProfiles(settings)
    try:
        return {customer: profile async for customer, profile in model.profiles()}
    finally:
        await model.stop()


def compare_rows(recount: Recount, table: Table, published: Mapping[str, Profile], verdict: Verdict) -> None:
    """Rows as the profiles they give, as what they will still say, and as the profiles that were published of them."""
    known: set[str] = set()
    for number, right in recount.partitions.items():
        found = rebuilt(number, table.get(number, {}), right.mode)
        if found.next != right.next or found.due or found.pending_profiles:
            verdict.find("a partition is not at rest", (number, found.next, right.next, found.due, found.pending_profiles))
            continue
        _compare_quarantine(right, found, verdict)
        wanted, got = dict(right.profiles(right.clock.day)), dict(found.profiles(right.clock.day))
        _compare("a row is wrong", wanted, got, verdict)
        _compare("a row is wrong in what it will say", to_come(right), to_come(found), verdict)
        known |= _compare_published(found, published, verdict)
    for customer_id in published.keys() - known:
        verdict.find("a profile of nobody", customer_id)


def _compare_quarantine(right: Partition, found: Partition, verdict: Verdict) -> None:
    for key in right.state.waiting.quarantined.keys() ^ found.state.waiting.quarantined.keys():
        verdict.find("a customer is wrongly in quarantine or not in it", key)
    verdict.count("customers in quarantine", found.quarantined)


def _compare_published(partition: Partition, published: Mapping[str, Profile], verdict: Verdict) -> set[str]:
    """The newest published profile is that of the row, but for how far the partition has read since; whose there may be."""
    for customer in partition.state.customers.in_order():
        profile, policy = published.get(customer.id), partition.policies.of(customer.version)
        if profile is None or profile != customer.profile(policy, profile.position):
            verdict.find("a published profile is wrong", (customer.id, profile))
    return {key.decode() for key in partition.stored if key[:1] != b"\0"}


def compare_redis(shown: Mapping[str, Profile], published: Mapping[str, Profile], verdict: Verdict) -> None:
    """Redis shows the newest published profiles and nothing else."""
    _compare("Redis shows a wrong profile", published, shown, verdict)


def _compare(kind: str, wanted: Mapping[Any, Any], got: Mapping[Any, Any], verdict: Verdict) -> None:
    for key in wanted.keys() | got.keys():
        if wanted.get(key) != got.get(key):
            verdict.find(kind, (key, got.get(key), wanted.get(key)))
