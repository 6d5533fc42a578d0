"""Read model: profiles into Redis. Redis being away only makes it wait."""

from collections.abc import Sequence
from typing import Any

from schemas import topics
from schemas.control import PolicyActivated
from service.app import RoleApp
from service.faust_safe.lanes import TP
from service.read_model import ReadModel

ROLE = "read-model"


class Profiles:
    """The work of this role. The reader's position lies in Redis, beside the data."""

    dense = False
    commits_offsets = False
    deadline: float | None = None
    pause = 1.0

    def __init__(self, app: RoleApp, model: ReadModel) -> None:
        self.app, self.model = app, model

    async def start(self, tp: TP) -> int | None:
        """Where Redis says; from the beginning when it knows nothing."""
        return await self.model.start(tp.partition)

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Write the profiles; ends when Redis has them."""
        await self.model.write(tp.partition, records)
        self.app.observation.batch(tp.topic, {"applied": len(records)}, records)

    async def spare(self, tp: TP) -> bool:
        """Nothing to do."""
        return False

    async def drain(self, tp: TP) -> None:
        """Not called: what was not written is read again."""


def build(app: RoleApp, policy: PolicyActivated) -> None:
    """Make the app of a role the read model's app."""
    app.take([app.settings.topic(topics.CUSTOMER_PROFILES)], Profiles(app, ReadModel(app.settings)))
