"""The course of the demo: send up to a day of which the truth is published, wait until all is through, compare, go on."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import date
from itertools import groupby

from service.demo import journey
from service.demo.board import Board
from service.demo.deployment import Deployment
from service.demo.journey import CUTS, Figures, Sent
from service.demo.watch import Watch

LOOK_SECONDS = 0.2
MOST_WAITING = 500
"""Records before intake, beyond which next to nothing is sent."""
DEADLINE = 300.0
END = date.max


class Disagreement(Exception):
    """Redis does not hold what is true, or nothing gets there."""


class Course:
    """Runs once; the board shows how far it is."""

    def __init__(self, deployment: Deployment, watch: Watch, board: Board, rate: float) -> None:
        self.deployment, self.watch, self.board, self.rate = deployment, watch, board, rate

    async def run(self) -> None:
        """All legs and their checks. Raises Disagreement."""
        producer = self.deployment.settings.cluster.producer(linger_ms=5)
        await producer.start()
        try:
            for cut, leg in groupby(journey.events(), key=lambda sent: _leg(sent.day)):
                self.board.step = "sending" if cut is END else f"sending up to {cut}"
                async for sent in self._paced(list(leg)):
                    topic = self.deployment.settings.topic(sent.topic)
                    await producer.send(topic, sent.value, key=sent.customer_id.encode())
                await producer.flush()
                await self._check(cut)
        finally:
            await producer.stop()

    async def _paced(self, leg: list[Sent]) -> AsyncIterator[Sent]:
        """At the rate at most, and with intake: topics that it is far behind in make each other's events late.

        Raises Disagreement when intake does not take what is sent.
        """
        due = followed = time.monotonic()
        for sent in leg:
            now, waiting = time.monotonic(), self.board.intake_lag
            if waiting is not None and waiting <= MOST_WAITING:
                due, followed = max(due, now - LOOK_SECONDS) + 1 / self.rate, now
            elif now - followed > DEADLINE:
                raise Disagreement(f"for {DEADLINE:.0f} s intake has not taken what was sent: {waiting} events wait for it")
            pause = due - now if now == followed else LOOK_SECONDS
            if pause > 0.01:
                await asyncio.sleep(pause)
            yield sent
            self.board.sent += 1

    async def _check(self, cut: date) -> None:
        expected = journey.recount() if cut is END else journey.truth(cut)
        where = "a straight count of the file" if cut is END else f"the published truth of {cut}"
        self.board.step = f"comparing with {where}"
        deadline = time.monotonic() + DEADLINE
        while self._held() != expected:
            if time.monotonic() > deadline:
                raise Disagreement(f"after {DEADLINE:.0f} s {self._differing(expected)} households differ from {where}")
            await asyncio.sleep(LOOK_SECONDS)
        self.board.checks.append(f"{len(expected)} of {len(expected)} households in Redis equal {where}")

    def _held(self) -> dict[str, Figures]:
        profiles = self.watch.profiles.items()
        return {customer_id: journey.figures(profile) for customer_id, profile in profiles if profile.totals.orders}

    def _differing(self, expected: dict[str, Figures]) -> int:
        held = self._held()
        return sum(held.get(customer_id) != expected.get(customer_id) for customer_id in held.keys() | expected.keys())


def _leg(day: date) -> date:
    """The cut that a day belongs to."""
    return next((cut for cut in CUTS if day <= cut), END)
