"""Intake: what producers sent is checked, slimmed down and put into the one log, or marked as a dead letter."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas import topics
from schemas.control import PolicyActivated
from schemas.dead_letters import carried_headers, headers_for
from service.app import RoleApp
from service.domain.policy_file import parse_policy
from service.faust_safe.lanes import TP
from service.faust_safe.sending import PRODUCER, Outgoing, all_written, send_all
from service.intake import Anonymous, Forward, intake
from service.partitioner import partition_for

ROLE = "intake"


class Intake:
    """The work of this role. It holds no state, and may forward an event twice after a crash."""

    dense = False
    commits_offsets = False
    deadline: float | None = 40.0
    pause = 1.0

    def __init__(self, app: RoleApp, currency: str) -> None:
        self.app, self.settings, self.currency = app, app.settings, currency
        self.log = app.settings.topic(topics.CUSTOMER_ACTIVITY)
        self._producer: Any = None

    async def start(self, tp: TP) -> None:
        """Where the group left off."""
        if self._producer is None:
            producer = AIOKafkaProducer(bootstrap_servers=self.app.servers, enable_idempotence=True, **PRODUCER)
            await producer.start()
            self._producer = producer

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Forward or refuse each record; wait until all of that is written."""
        counts: Counter[str] = Counter()
        now = datetime.now(UTC)
        out, codes = [], []
        for record in records:
            taken = intake(record.value, record.headers, now=now, currency=self.currency)
            if isinstance(taken, Forward):
                counts["forwarded"] += 1
                key = taken.customer_id.encode()
                headers = carried_headers(record.headers)
                out.append(Outgoing(self.log, partition_for(key, self.settings.partitions), key, taken.value, headers))
            elif isinstance(taken, Anonymous):
                counts["anonymous"] += 1
            else:
                counts["dead-lettered"] += 1
                codes.append(taken.code)
                out.append(self._dead_letter(tp, record, taken.code, taken.message))
        await all_written(await send_all(self._producer, out))
        self.app.observation.batch(tp.topic, counts, records, codes)

    async def spare(self, tp: TP) -> bool:
        """Nothing to do."""
        return False

    async def drain(self, tp: TP) -> None:
        """Nothing is left behind."""

    async def stop(self) -> None:
        """Close the producer."""
        if self._producer is not None:
            await self._producer.stop()

    def _dead_letter(self, tp: TP, record: Any, code: Any, message: str) -> Outgoing:
        headers = [*record.headers, *headers_for(tp.topic, tp.partition, record.offset, code, message)]
        dead = topics.dead_letter_topic(tp.topic)
        # Its partition count is its own: the topic tells.
        partition = tp.partition % max(1, len(self._producer.client.cluster.partitions_for_topic(dead) or ()))
        return Outgoing(dead, partition, record.key, record.value, headers, record.timestamp)


def build(app: RoleApp, policy: PolicyActivated) -> None:
    """Make the app of a role the intake's app."""
    work = Intake(app, parse_policy(policy.data.text).frame.currency)
    app.at_stop(work.stop)
    app.take([app.settings.topic(name) for name in topics.INBOUND], work)
