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
        """For a profile to go out in the next round, longest waiting first."""
        self.round: dict[bytes, None] = {}
        """For a profile to go out in the round that is under way: nobody has two in one round, whatever comes meanwhile."""
        self._begun_at = -1
        """The offset of the last record that had been read when the round under way, or the last one, began."""
        self.due = DueIndex()
        """For the day on which time changes something."""
        self.behind = Behind()
        """For the policy in force: these may be under an earlier one."""
        self.damaged: set[bytes] = set()
        """For quarantine, by the next who decodes their rows: these were found damaged when the partition was taken."""
        self.quarantined: dict[bytes, int] = {}
        """For their release, with the time since when: nothing more is done with them."""

    @property
    def profiles(self) -> int:
        """How many profiles wait."""
        return len(self.round) + len(self.unpublished)

    def go_on(self, position: int) -> dict[bytes, None]:
        """The round that is under way; else the next one begins. `position`: the offset of the last record read."""
        if not self.round:
            self.round, self.unpublished, self._begun_at = self.unpublished, {}, position
        return self.round

    def profiled(self, position: int) -> int:
        """Up to which record every profile is out (-1: nothing is known of that); `position` as above."""
        if self.round:
            return -1
        return self._begun_at if self.unpublished else position

    def show(self, key: bytes) -> None:
        """A profile goes out; none waits any more."""
        self.round.pop(key, None)
        self.unpublished.pop(key, None)

    def show_nobody(self) -> None:
        """No profile is to go out of those that wait."""
        self.round.clear()
        self.unpublished.clear()

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
        self.show(key)
        self.damaged.discard(key)
        self.quarantined[key] = since

    def erase(self, key: bytes) -> None:
        """He waits for nothing any more; the places that he has are taken away at the end of the step."""
        self.show(key)
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
