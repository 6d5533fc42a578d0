"""How a rebuilt partition differs from what was published, in figures."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.outbound import Announcement, ChurnRiskChanged, LifecycleChanged, SegmentChanged, TierChanged, TierExpiring


class Change(NamedTuple):
    """What kind of announcement was made; `scheme` where there is one, `now` is None for a notice."""

    type: str
    scheme: str | None
    before: str | None
    now: str | None


@dataclass
class Differences:
    """Of one partition."""

    changes: Counter[Change] = field(default_factory=Counter)
    """How many announcements of each kind."""
    customers: int = 0
    """To whom something was announced."""
    profiles: int = 0
    """Profiles that went out, theirs among them."""
    erased: int = 0
    """Customers that were erased, or are in no record of the log: their profiles were taken back."""

    def count(self, said: list[Announcement]) -> None:
        """What was announced of one customer."""
        self.customers += bool(said)
        self.changes.update(change_of(each) for each in said)

    def add(self, other: "Differences") -> None:
        """Those of other customers too."""
        self.changes.update(other.changes)
        self.customers += other.customers
        self.profiles += other.profiles
        self.erased += other.erased


def change_of(announcement: Announcement) -> Change:
    """The kind of an announcement."""
    match announcement.data:
        case TierChanged() as data:
            return Change(data.TYPE, data.scheme, data.from_tier, data.to_tier)
        case TierExpiring() as data:
            return Change(data.TYPE, data.scheme, data.tier, None)
        case SegmentChanged() as data:
            return Change(data.TYPE, None, data.from_segment, data.to_segment)
        case LifecycleChanged() as data:
            return Change(data.TYPE, None, data.from_stage, data.to_stage)
        case ChurnRiskChanged() as data:
            return Change(data.TYPE, None, data.from_level, data.to_level)
