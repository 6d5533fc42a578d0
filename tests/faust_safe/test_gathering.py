"""How a fetcher is told to fetch next; what that does to latency and CPU is measured by `tests.performance.latency`."""

from types import SimpleNamespace
from typing import Any

from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.structs import TopicPartition

from service.faust_safe.gathering import GATHER_BYTES, GATHER_MS, gather

HERE = TopicPartition("log", 0)


async def asked_for(fetcher: Fetcher, subscriptions: SubscriptionState) -> tuple[int, int]:
    """How long Kafka is asked to wait (ms), and for how many bytes, by the fetcher's next request."""
    assignment: Any = subscriptions.subscription
    requests, *_ = fetcher._get_actions_per_node(assignment.assignment)
    [(_, request)] = requests
    return request._max_wait_ms, request._min_bytes


async def test_the_first_record_is_brought_at_once_and_what_follows_is_gathered() -> None:
    subscriptions = SubscriptionState()
    cluster = SimpleNamespace(leader_for_partition=lambda _: 1)
    client: Any = SimpleNamespace(_loop=None, _metadata_max_age_ms=1, cluster=cluster)
    fetcher = Fetcher(client, subscriptions)
    subscriptions.assign_from_user([HERE])
    assert subscriptions.subscription is not None
    subscriptions.subscription.assignment.state_value(HERE).seek(0)
    try:
        gather(fetcher, came=True, idle_ms=100)
        assert await asked_for(fetcher, subscriptions) == (GATHER_MS, GATHER_BYTES)
        gather(fetcher, came=False, idle_ms=100)
        assert await asked_for(fetcher, subscriptions) == (100, 1)
    finally:
        await fetcher.close()
