"""Watching the service from outside, as any other reader would: announcements, lags, and the profiles in Redis."""

import asyncio
from collections import Counter

from schemas import codec, topics
from schemas.outbound import TierChanged
from schemas.profile import Profile
from service.demo.board import Board
from service.demo.lags import Lags
from service.demo.words import in_words
from service.domain.policy import Policy
from service.settings import Settings
from service.stored_profiles import StoredProfiles

LOOK_SECONDS = 0.5


class Watch:
    """Fills the board until it is cancelled."""

    def __init__(self, settings: Settings, policy: Policy, board: Board) -> None:
        self.settings, self.policy, self.board = settings, policy, board
        self.model = StoredProfiles(settings)
        self.profiles: dict[str, Profile] = {}
        self._counts: dict[str, int] = {}

    async def changes(self) -> None:
        """Tier changes as they are published, in words."""
        topic = self.settings.topic(topics.TIER_CHANGES)
        consumer = self.settings.cluster.consumer(topic, isolation_level="read_committed", auto_offset_reset="earliest")
        await consumer.start()
        try:
            async for record in consumer:
                announcement = codec.decode_announcement(record.value)
                if isinstance(announcement.data, TierChanged) and announcement.data.from_tier is not None:
                    self.board.announced += 1
                    up = announcement.data.direction == "up"
                    self.board.changes.append((in_words(announcement, self.policy), up))
        finally:
            await consumer.stop()

    async def figures(self) -> None:
        """Lags, and customers per tier and segment."""
        lags = Lags(self.settings)
        try:
            await lags.start()
            while True:
                await self._look_at(lags)
                await self.read_profiles()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await lags.stop()

    async def read_profiles(self) -> None:
        """What Redis holds now."""
        self.profiles = {customer_id: profile async for customer_id, profile in self.model.profiles()}
        profiles = self.profiles.values()
        self.board.customers = len(self.profiles)
        self.board.tiers = {
            scheme.name: Counter(profile.tiers[scheme.name].tier for profile in profiles) for scheme in self.policy.schemes
        }
        self.board.segments = Counter(profile.rfm.segment for profile in profiles if profile.rfm and profile.rfm.segment)

    async def _look_at(self, lags: Lags) -> None:
        intake, customers = await lags.of("intake"), await lags.of("customers")
        if intake and customers:
            self.board.intake_lag, self.board.customers_lag = intake.waiting, customers.waiting
            self.board.saw(customers.taken)
