"""`tiering rebuild` at the end of a schedule, killed and begun again at any boundary: nothing may be announced by it."""

from collections.abc import Iterator
from random import Random
from typing import Any

from service.faust_safe.transaction import Transactions
from service.faust_safe.work import TP
from service.rebuild.rebuild import Rebuild
from tests.simulator.producer import Boundary, Cluster
from tests.simulator.quiet import roles_worked_off
from tests.simulator.reader import Reader
from tests.simulator.step import at
from tests.simulator.world import World

KILLS = (0, 0, 1, 2, 4)
MOST_BOUNDARIES = 60


class Silent:
    """Nobody looks at the progress."""

    def reads(self, partition: int, offset: int, end: int) -> None:
        """Not shown."""

    def compares(self, partition: int, customers: int, of: int) -> None:
        """Not shown."""


def rebuilt(world: World, seed: int) -> Iterator[str]:
    """Rebuild every partition, whatever runs; then let everybody find out."""
    random = Random(f"rebuild {seed}")
    for tp in world.log:
        for _ in range(random.choice(KILLS)):
            yield f"a rebuild of {at(tp)} comes {_rebuild(world, tp, random.randint(1, MOST_BOUNDARIES))}"
        yield f"a rebuild of {at(tp)} comes {_rebuild(world, tp, 0)}"
    world.rows_are_new = True
    yield from roles_worked_off(world)


def _rebuild(world: World, tp: TP, stop: int) -> str:
    """Until it ends, or stands at so many boundaries; where it stands then."""
    rebuild, kafka = Rebuild(world.settings, Silent()), world.kafka
    cluster: Any = Cluster(kafka)
    reader: Any = Reader(kafka)
    rebuild.cluster, rebuild.reader, rebuild.transactions = cluster, reader, Transactions(cluster, rebuild.group)
    activity: Any = rebuild.partition(tp.partition)
    try:
        while True:
            boundary = activity.send(None)
            assert isinstance(boundary, Boundary)
            stop -= 1
            if stop == 0:
                activity.close()
                return f"to be killed {boundary.place}"
    except StopIteration:
        return "to its end"
