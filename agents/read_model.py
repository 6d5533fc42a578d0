"""Read model: profiles into Redis. Redis being away only makes it wait."""

import time
from collections.abc import Sequence
from typing import Any

from schemas import topics
from schemas.control import PolicyActivated
from service.faust_safe.work import TP, StartAgain
from service.logs import log_events
from service.reach import LogShorter, Reach
from service.read_model import ReadModel, ReadModelMoved
from service.role_app import RoleApp

ROLE = "read-model"
LOOK_SECONDS = 1.0
"""Between two looks whether Redis was emptied."""


class Profiles:
    """The work of this role. The reader's position lies in Redis, beside the data."""

    dense = False
    deadline: float | None = None
    pause = 1.0

    def __init__(self, app: RoleApp, model: ReadModel) -> None:
        self.app, self.model = app, model
        self._looked: dict[int, float] = {}
        """When it was last seen whether Redis stands where it was left, by partition."""
        self._reaches: dict[int, Reach] = {}

    async def start(self, tp: TP) -> int | None:
        """Where Redis says, from the beginning when it knows nothing; None while it is away."""
        self._reaches[tp.partition] = Reach()
        return await self.model.start(tp.partition)

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Write the profiles; ends when Redis has them."""
        try:
            await self.model.write(tp.partition, records)
        except ReadModelMoved as moved:
            raise StartAgain(str(moved)) from None
        self.app.observation.batch(tp.topic, {"applied": len(records)}, records)

    async def spare(self, tp: TP) -> bool:
        """Say up to when profiles are there, and see whether Redis was emptied: while none comes nothing else would show it."""
        if time.monotonic() - self._looked.get(tp.partition, 0.0) >= LOOK_SECONDS:
            if not await self.model.stands(tp.partition, await self._moment(tp)):
                raise StartAgain("Redis does not stand where it was left")
            self._looked[tp.partition] = time.monotonic()
        return False

    async def _moment(self, tp: TP) -> float | None:
        try:
            return self._reaches[tp.partition].moment(self.app.course(tp), time.time())
        except LogShorter:
            log_events.PROFILES_SHORTER(place=f"{tp.topic}-{tp.partition}")
            await self.model.forget_position(tp.partition)
            raise StartAgain("the topic ends before what was read of it") from None

    async def drain(self, tp: TP) -> None:
        """Not called: what was not written is read again."""


def build(app: RoleApp, policy: PolicyActivated | None) -> None:
    """Make the app of a role the read model's app."""
    model = ReadModel(app.settings)
    app.at_stop(model.stop)
    app.degraded = lambda: "Redis does not answer: profiles wait" if model.away else None
    profiles = app.settings.topic(topics.CUSTOMER_PROFILES)
    app.observation.expects([profiles], ["applied"])
    app.take([profiles], Profiles(app, model))
