"""Intake: what producers sent is checked, slimmed down and put into the one log, or marked as a dead letter."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from schemas import topics
from schemas.control import PolicyActivated
from schemas.dead_letters import headers_for
from schemas.trace_context import IN_A_VALUE
from service.carried import carried
from service.domain.policy_file import parse_policy
from service.faust_safe.sending import PRODUCER, Content, Outgoing, all_written, send, send_all
from service.faust_safe.work import TP
from service.intake import Anonymous, Forward, intake
from service.partitioner import place_of
from service.produced import marked
from service.role_app import RoleApp

ROLE = "intake"
OUTCOMES = ("forwarded", "dead-lettered", "anonymous")
MOST_FETCHED, FETCHED_BYTES = 5_000, 2 << 20
"""While it is behind: the larger a batch, the fewer requests an event, and what is written is waited for less often."""


class Intake:
    """The work of this role. It holds no state, and may forward an event twice after a crash."""

    dense = False
    deadline: float | None = 40.0
    pause = 1.0

    def __init__(self, app: RoleApp, currency: str) -> None:
        self.app, self.settings, self.currency = app, app.settings, currency
        self.log = app.settings.topic(topics.CUSTOMER_ACTIVITY)
        self._producer: Any = None

    async def start(self, tp: TP) -> None:
        """Where the group left off."""
        if self._producer is None:
            producer = self.app.cluster.producer(enable_idempotence=True, **PRODUCER)
            await producer.start()
            self._producer = producer

    async def process(self, tp: TP, records: Sequence[Any]) -> None:
        """Forward or refuse each record; wait until all of that is written."""
        now, partitions = datetime.now(UTC), self.settings.partitions
        forwarded: list[list[Content]] = [[] for _ in range(partitions)]
        produced: list[list[int]] = [[] for _ in range(partitions)]
        letters: list[Outgoing] = []
        codes, anonymous = [], 0
        for record in records:
            headers = record.headers
            taken = intake(record.value, headers, now=now, currency=self.currency)
            if isinstance(taken, Forward):
                key, partition = place_of(taken.customer_id, partitions)
                more = carried(record.value, headers) if headers or record.value.rfind(IN_A_VALUE) >= 0 else ()
                forwarded[partition].append((key, taken.value, more, None))
                produced[partition].append(record.timestamp)
            elif isinstance(taken, Anonymous):
                anonymous += 1
            else:
                codes.append(taken.code)
                letters.append(self._dead_letter(tp, record, taken.code, taken.message))
        through, refused = await self._write(list(map(marked, forwarded, produced)), letters)
        # Each is counted where it went, none as what is left over: else the ledger could not but agree.
        counts = {"forwarded": through, "dead-lettered": refused, "anonymous": anonymous}
        self.app.observation.batch(tp.topic, counts, records, codes)

    async def _write(self, forwarded: Sequence[Sequence[Content]], letters: Sequence[Outgoing]) -> tuple[int, int]:
        """Write what goes to each partition of the log, and the dead letters; how many of both were written."""
        began, refused, sent = time.time(), await send_all(self._producer, letters), []
        for partition, contents in enumerate(forwarded):
            sent += await send(self._producer, self.log, partition, contents)
        await all_written([*refused, *sent])
        if sent:
            self.app.observation.wrote(began, sent[-1].written.result())
        return sum(batch.records for batch in sent), sum(batch.records for batch in refused)

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
    app.conf.broker_max_poll_records, app.conf.consumer_max_fetch_size = MOST_FETCHED, FETCHED_BYTES
    work = Intake(app, parse_policy(policy.data.text).frame.currency)
    app.at_stop(work.stop)
    inbound = [app.settings.topic(name) for name in topics.INBOUND]
    app.observation.expects(inbound, OUTCOMES)
    app.take(inbound, work)
