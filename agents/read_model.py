"""Read model: profiles into Redis. Redis being away only makes it wait."""

from collections.abc import Sequence
from typing import Any

from schemas import topics
from schemas.control import PolicyActivated
from service.app import RoleApp
from service.faust_safe.lanes import TP, StartAgain
from service.read_model import ReadModel, ReadModelMoved

ROLE = "read-model"


class Profiles:
    """The work of this role. The reader's position lies in Redis, beside the data."""

    dense = False
    commits_offsets = False
    deadline: float | None = None
    pause = 1.0

    def __init__(self, app: RoleApp, model: ReadModel) -> None:
        self.app, self.model = app, model
        self._next: dict[int, int] = {}

    async def start(self, tp: TP) -> int:
        """Where Redis says; from the beginning when it knows nothing."""
        self._next[tp.partition] = await self.model.start(tp.partition)
        return self._next[tp.partition]

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Write the profiles; ends when Redis has them."""
        try:
            await self.model.write(tp.partition, records)
        except ReadModelMoved as moved:
            raise StartAgain(str(moved)) from None
        self._next[tp.partition] = records[-1].offset + 1
        self.app.count(tp.topic, {"applied": len(records)}, records)

    async def spare(self, tp: TP) -> bool:
        """See whether Redis was emptied: with no new profile coming nobody else would notice."""
        expected = self._next[tp.partition]
        if await self.model.start(tp.partition) != expected:
            raise StartAgain("Redis does not stand where the reader left it")
        return False

    async def drain(self, tp: TP) -> None:
        """Not called: what was not written is read again."""


def build(app: RoleApp, policy: PolicyActivated) -> None:
    """Make the app of a role the read model's app."""
    model = ReadModel(app.settings)
    app.at_stop(model.stop)
    app.take([app.settings.topic(topics.CUSTOMER_PROFILES)], Profiles(app, model))
