"""Watching the service from outside, as any other reader would: announcements, lags, and the profiles in Redis."""

import asyncio
from collections import Counter

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas import codec, topics
from schemas.outbound import TierChanged
from schemas.profile import Profile
from service.demo.board import Board
from service.demo.words import in_words
from service.domain.policy import Policy
from service.faust_safe.reader import Reader
from service.read_model import ReadModel
from service.settings import Settings

LOOK_SECONDS = 0.5


class Watch:
    """Fills the board until it is cancelled."""

    def __init__(self, settings: Settings, policy: Policy, board: Board) -> None:
        self.settings, self.policy, self.board = settings, policy, board
        self.model = ReadModel(settings)
        self.profiles: dict[str, Profile] = {}
        self._counts: dict[str, int] = {}

    async def changes(self) -> None:
        """Tier changes as they are published, in words."""
        topic = self.settings.topic(topics.TIER_CHANGES)
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=self.settings.kafka, isolation_level="read_committed", auto_offset_reset="earliest"
        )
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
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka)
        await admin.start()
        await consumer.start()
        try:
            self._counts = await Reader([self.settings.kafka]).partition_counts()
            while True:
                await self._lags(admin, consumer)
                await self.read_profiles()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            await consumer.stop()
            await admin.close()

    async def read_profiles(self) -> None:
        """What Redis holds now."""
        self.profiles = {customer_id: profile async for customer_id, profile in self.model.profiles()}
        profiles = self.profiles.values()
        self.board.customers = len(self.profiles)
        self.board.tiers = {
            scheme.name: Counter(profile.tiers[scheme.name].tier for profile in profiles) for scheme in self.policy.schemes
        }
        self.board.segments = Counter(profile.rfm.segment for profile in profiles if profile.rfm and profile.rfm.segment)

    async def _lags(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        try:
            await self._ask_lags(admin, consumer)
        except KafkaError as error:
            if not error.retriable:  # a group's coordinator takes its time to be there
                raise

    async def _ask_lags(self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> None:
        self.board.intake_lag, _ = await self._lag(admin, consumer, "intake", topics.INBOUND)
        self.board.customers_lag, folded = await self._lag(admin, consumer, "customers", (topics.CUSTOMER_ACTIVITY,))
        self.board.saw(folded)

    async def _lag(
        self, admin: AIOKafkaAdminClient, consumer: AIOKafkaConsumer, role: str, names: tuple[str, ...]
    ) -> tuple[int, int]:
        """Records before a role, and records it has taken."""
        offsets = await admin.list_consumer_group_offsets(self.settings.group(role))
        tps = [
            TopicPartition(topic, partition)
            for topic in map(self.settings.topic, names)
            for partition in range(self._counts[topic])
        ]
        ends = await consumer.end_offsets(tps)
        taken = {tp: offsets[tp].offset if tp in offsets else 0 for tp in tps}
        return sum(ends[tp] - taken[tp] for tp in tps), sum(taken.values())
