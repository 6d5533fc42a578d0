"""What all rows of a comparison share: the servers, the events, and what has to come out."""

import uuid
from dataclasses import dataclass

from service.laptop.servers import Servers
from tests.performance import workload
from tests.performance.loading import create, load
from tests.performance.peers import truth
from tests.performance.peers.run import BROKER, REDIS
from tests.performance.workload import Sent


@dataclass(frozen=True, slots=True)
class Ground:
    """One for all rounds."""

    servers: Servers
    orders: list[Sent]
    """As the producers send them."""
    activities: list[Sent]
    """As intake forwards them."""
    truth: truth.Truth
    log: str
    """The topic of the activities, for the peers."""

    @property
    def pids(self) -> dict[str, int]:
        """The servers that were started here."""
        names = {"Kafka": BROKER, "Redis": REDIS}
        return {names[server.name]: server.process.pid for server in self.servers.started}

    @classmethod
    async def laid(cls, servers: Servers, events: int) -> "Ground":
        """Make the events, and write the peers' log."""
        orders = list(workload.orders(events))
        activities = list(workload.activities(iter(orders)))
        ground = cls(servers, orders, activities, truth.count(activities), f"peers-{uuid.uuid4().hex[:8]}-customer-activity")
        await create(servers.kafka, ground.log)
        await load(servers.kafka, ground.log, activities)
        return ground
