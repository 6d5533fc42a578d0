"""What is known at the end: rows mean what they should, and each customer's newest profile is what his row says."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from schemas import codec
from service import quarantine
from service.domain.published import is_current
from service.erasures import KEY_BYTES, decode
from service.partition import Partition
from service.rows import customer_row, front
from service.rows.partition_row import PartitionRow
from tests.simulator.kafka import Record

Rows = dict[bytes, bytes]
IN_HEADER = ("sequence", "position", "enrolled_on", "not_before", "policy_version")


def rows_are_right(stored: Rows, right: Partition) -> Iterator[str]:
    """Where rows say something else than those of a partition at which nothing failed."""
    found = Partition(right.number, dict(stored), mode=right.mode)
    if found.due or found.pending_profiles:
        yield f"partition {right.number}: {found.due} reviews and {found.pending_profiles} profiles were left"
        return
    if _plain(found.row) != _plain(right.row):
        yield f"partition {right.number}: its row is {_plain(found.row)} and should be {_plain(right.row)}"
    profiles, others = dict(found.profiles(right.clock.day)), dict(right.profiles(right.clock.day))
    for customer in profiles.keys() | others.keys():
        if profiles.get(customer) != others.get(customer):
            yield f"{customer}: the row says {profiles.get(customer)} and should say {others.get(customer)}"
    if stored.keys() != right.stored.keys():
        yield f"partition {right.number}: it has rows of {sorted(stored)} and should have rows of {sorted(right.stored)}"
        return
    for key in right.stored.keys() - {right.key}:
        if len(key) == KEY_BYTES:
            if stored[key] != right.stored[key]:
                yield f"{decode(stored[key])} is kept of an erased customer, and should be {decode(right.stored[key])}"
        elif quarantine.is_quarantined(right.stored[key]) or quarantine.is_quarantined(stored[key]):
            yield from _quarantined(key, stored[key], right.stored[key])
        else:
            yield from _headers(key, customer_row.header(stored[key]), customer_row.header(right.stored[key]))


def profiles_are_of_rows(records: Sequence[Record], owner: Partition, *, anew: bool) -> Iterator[str]:
    """Where a customer's newest profile is not what his row says, or was older than one before.

    Rows that were made `anew` may be of another day: how long a customer was behind a new policy is in no log.
    """
    newest: dict[bytes, Record] = {}
    versions = defaultdict[bytes, list[tuple[int, int]]](list)
    for record in records:
        key = record.key or b""
        newest.pop(key, None)
        if record.value is None:
            continue
        newest[key], data = record, codec.decode_profile(record.value).data
        versions[key].append((data.position, data.sequence))
    for key in newest.keys() - owner.stored.keys():
        yield f"{key.decode()} has a profile and no row"
    for key, row in owner.stored.items():
        if key[:1] == b"\0" or quarantine.is_quarantined(row):
            continue
        if key not in newest:
            yield f"{key.decode()} has no profile"
            continue
        found = codec.decode_profile(newest[key].value or b"").data
        policy = owner.policies.of(customer_row.header(row).policy_version)
        right = customer_row.decode(key.decode(), row, policy).profile(policy, found.position)
        if not (is_current(found, right) if anew else found == right):
            yield f"{key.decode()}: the newest profile is {found} and should be {right}"
        if versions[key] != sorted(versions[key]):
            yield f"{key.decode()}: profiles went back: {versions[key]}"


def _headers(key: bytes, found: front.Header, right: front.Header) -> Iterator[str]:
    for name in IN_HEADER:
        if getattr(found, name) != getattr(right, name):
            yield f"{key.decode()}: the row's {name} is {getattr(found, name)} and should be {getattr(right, name)}"


def _quarantined(key: bytes, row: bytes, right: bytes) -> Iterator[str]:
    if (why := _why(row)) != (other := _why(right)):
        yield f"{key.decode()}: in quarantine because of {why} and should be because of {other}"


def _why(row: bytes) -> object:
    """All but the row that it was before."""
    return quarantine.is_quarantined(row) and msgspec.structs.astuple(quarantine.decode(row))[:3]


def _plain(row: PartitionRow) -> dict[str, object]:
    """What a partition's row means: how long it still has policies that no row is under says nothing."""
    fields = msgspec.structs.asdict(row)
    policy, later = fields.pop("policy"), fields.pop("later")
    return fields | {"profiled": None, "policy": later[-1].text if later else policy}
