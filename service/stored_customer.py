"""A customer as the changelog has him: his row, read from outside, whole or in quarantine."""

from typing import NamedTuple

import msgspec

from schemas import topics
from service import erasures, quarantine
from service.domain.customer import Customer
from service.domain.policy import Policy
from service.faust_safe.reader import Reader
from service.log_mismatch import LogMismatch
from service.partitioner import partition_for
from service.policy_history import PolicyHistory
from service.quarantine import Quarantined
from service.rows import customer_row, partition_row
from service.rows.partition_row import key_of
from service.settings import Settings


class StoredCustomer(NamedTuple):
    """`row` is None when there is none; of a quarantined customer it is the row before."""

    id: str
    partition: int
    row: bytes | None
    quarantined: Quarantined | None
    customer: Customer | None
    """None when there is no row that can be read."""
    policy: Policy | None
    """The one that the row is under."""
    damage: str | None
    """Why the row can't be read."""
    time: str | None
    """Whose time his partition is read in."""
    erased: bool = False
    """Whether he was erased, and has not come back."""


async def find(reader: Reader, settings: Settings, customer_id: str) -> StoredCustomer:
    """Look a customer up. LogMismatch when this version can't read the policies."""
    key = customer_id.encode()
    number = partition_for(key, settings.partitions)
    row = await reader.newest(settings.topic(topics.CHANGELOG), number, key)
    own = await reader.newest(settings.topic(topics.CHANGELOG), number, key_of(number))
    partition = partition_row.read(number, own)
    policies = PolicyHistory(number, partition)
    kept = None
    if row is not None and quarantine.is_quarantined(row):
        kept, row = _kept(row)
    customer, policy, damage = _read(customer_id, row, policies)
    found = StoredCustomer(customer_id, number, row, kept, customer, policy, damage, partition.time)
    if row is not None or kept is not None or not partition.erased:
        return found
    return found._replace(erased=await reader.newest(settings.topic(topics.CHANGELOG), number, erasures.key_of(key)) is not None)


def _kept(row: bytes) -> tuple[Quarantined, bytes | None]:
    try:
        kept = quarantine.decode(row)
    except msgspec.DecodeError as error:
        kept = Quarantined(f"what is kept of it is damaged too: {error}", -1, 0, b"")
    return kept, kept.row or None


def _read(customer_id: str, row: bytes | None, policies: PolicyHistory) -> tuple[Customer | None, Policy | None, str | None]:
    if row is None:
        return None, None, None
    try:
        policy = policies.of(customer_row.header(row).policy_version)
        return customer_row.decode(customer_id, row, policy), policy, None
    except LogMismatch:
        return None, None, "it is under an earlier policy, which nothing is kept of any more"
    except (customer_row.DamagedRow, customer_row.FutureRow) as error:
        return None, None, str(error)
