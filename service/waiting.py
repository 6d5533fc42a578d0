"""Who of a partition's customers waits for what: kept in memory only, for the rows tell it."""

from typing import Final

import msgspec

from service import quarantine
from service.behind import Behind
from service.domain.calendar import NEVER
from service.due_index import DueIndex
from service.policy_history import PolicyHistory
from service.rows import customer_row

AT_ONCE: Final = -NEVER
"""The day on which a customer whose row is damaged has his place: the next review quarantines him."""


class Waiting:
    """Keys of customers, by what they wait for."""

    def __init__(self) -> None:
        self.unpublished: dict[bytes, None] = {}
        """For a profile to go out, longest waiting first."""
        self.due = DueIndex()
        """For the day on which time changes something."""
        self.behind = Behind()
        """For the policy in force: these may be under an earlier one."""
        self.damaged: set[bytes] = set()
        """For quarantine, by the next who decodes their rows: these were found damaged when the partition was taken."""
        self.quarantined: dict[bytes, int] = {}
        """For their release, with the time since when: nothing more is done with them."""

    def look_at(self, key: bytes, row: bytes, policies: PolicyHistory, profiled: int) -> None:
        """What a row's header says, when the partition is taken over."""
        if quarantine.is_quarantined(row):
            self.quarantined[key] = _since(row)
            return
        try:
            head = customer_row.header(row)
        except customer_row.DamagedRow:
            self.damaged.add(key)
            self.due.place(key, AT_ONCE)
            return
        self.due.place(key, head.due)
        if head.position > profiled:
            self.unpublished[key] = None
        if head.policy_version != policies.current.version and policies.after(head.policy_version):
            self.behind.add(key)

    def quarantine(self, key: bytes, since: int) -> None:
        """From now on a customer waits for his release only."""
        self.unpublished.pop(key, None)
        self.damaged.discard(key)
        self.quarantined[key] = since

    def erase(self, key: bytes) -> None:
        """He waits for nothing any more; the places that he has are taken away at the end of the step."""
        self.unpublished.pop(key, None)
        self.damaged.discard(key)
        self.quarantined.pop(key, None)

    def take_away(self, keys: set[bytes]) -> None:
        """The places of these, and that they are behind."""
        self.due.forget(keys)
        self.behind.forget(keys)


def _since(row: bytes) -> int:
    try:
        return quarantine.decode(row).since
    except msgspec.DecodeError:
        return 0
