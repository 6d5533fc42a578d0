"""What every peer and this service have to come to, counted once more in the simplest way."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from schemas import codec
from schemas.inbound import OrderPaid
from tests.performance.peers.kernel import GOLD, SILVER, WEEK, WEEKS
from tests.performance.workload import Sent


@dataclass(frozen=True, slots=True)
class Truth:
    """Of a workload's activities."""

    customers: int
    orders: int
    """Without those that were sent twice."""
    lifetime: int
    """The spend of all orders, in minor units: what this service's profiles come to."""
    spend: int
    """The spend of each customer's latest 53 weeks, up to his newest order: what the peers' states come to."""
    changes: int
    """Of tiers, by weeks."""

    @property
    def of_peers(self) -> dict[str, int]:
        """What a peer has to answer."""
        return {"customers": self.customers, "spend": self.spend, "applied": self.orders, "changes": self.changes}

    @property
    def of_profiles(self) -> dict[str, int]:
        """What the profiles of this service have to come to."""
        return {"customers": self.customers, "spend": self.lifetime, "applied": self.orders}


def count(activities: Iterable[Sent]) -> Truth:
    """Event by event, all orders of a customer kept and added up anew each time."""
    weeks: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    tiers: dict[str, int] = defaultdict(int)
    spends: dict[str, int] = {}
    seen: set[str] = set()
    lifetime = changes = 0
    for activity in activities:
        order = codec.decode_activity(activity.value)
        if not isinstance(order, OrderPaid) or order.id in seen:
            continue
        seen.add(order.id)
        lifetime += order.data.amount_minor
        customer, week = activity.customer_id, int(order.time.timestamp()) // WEEK
        weeks[customer][week] += order.data.amount_minor
        newest = max(weeks[customer])
        spends[customer] = sum(spend for each, spend in weeks[customer].items() if each > newest - WEEKS)
        tier = (spends[customer] >= SILVER) + (spends[customer] >= GOLD)
        changes += tier != tiers[customer]
        tiers[customer] = tier
    return Truth(len(weeks), len(seen), lifetime, sum(spends.values()), changes)
