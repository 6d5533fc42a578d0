"""Fails when a name that the layer overrides or touches disappears, or a pinned version changes."""

import importlib.metadata
from typing import Any

import aiokafka
import aiokafka.producer.sender
import faust
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import OAuthAuthenticator
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import Assignment, SubscriptionState, TopicPartitionState
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from faust.tables import TableManager
from faust.tables.recovery import Recovery
from faust.transport.drivers import aiokafka as driver

NAMES: list[tuple[Any, str]] = [
    (
        driver.Consumer,
        "_getmany _new_offset _filter_tps_with_pending_acks _commit _new_consumer_thread perform_seek seek_wait wait_empty "
        "on_partitions_revoked stop_flow earliest_offsets commit assignment verify_all_partitions_active",
    ),
    (driver.AIOKafkaConsumerThread, "on_start _create_worker_consumer _fetch_records _seek_wait _ensure_consumer"),
    (driver, "ensure_aiokafka_TP Transport Consumer AIOKafkaConsumerThread credentials_to_aiokafka_auth"),
    (driver.Transport, "Consumer"),
    (faust.App, "_new_transport _crash _create_directories on_start on_stop create_event"),
    (faust.Schema, "compile"),
    (Recovery, "need_recovery on_recovery_completed _resume_streams _set_recovery_started"),
    (TableManager, "recovery"),
    (faust.Table, "changelog_topic"),
    (GroupCoordinator, "_send_req coordinator_dead _maybe_leave_group"),
    (OAuthAuthenticator, "step"),
    (DefaultRecordBatchBuilder, "append"),
    (aiokafka.producer.sender, "BACKOFF_OVERRIDE"),
    (
        aiokafka.AIOKafkaProducer,
        "create_batch send_batch begin_transaction send_offsets_to_transaction commit_transaction",
    ),
    (AIOKafkaClient, "coordinator_lookup send"),
    (PartitionRecords, "_consumer_record"),
    (SubscriptionState, "subscription"),
    (Assignment, "state_value"),
    (TopicPartitionState, "position has_valid_position"),
]


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, names in NAMES for name in names.split()])
def test_the_name_is_there(owner: Any, name: str) -> None:
    assert hasattr(owner, name)


def test_attributes_of_a_consumer_and_its_parts() -> None:
    """Names that only instances have: they are read from the source of what sets them."""
    consumer = set(aiokafka.AIOKafkaConsumer.__init__.__code__.co_names)
    assert {"_fetch_max_wait_ms", "_isolation_level", "_fetcher", "_group_instance_id"} <= consumer
    assert "_coordinator" in aiokafka.AIOKafkaConsumer.start.__code__.co_names
    assert {"highwater", "timestamp"} <= set(TopicPartitionState.__init__.__code__.co_names)
    assert {"_subscription", "_client"} <= consumer
    assert "unauthorized_topics" in ClusterMetadata.__init__.__code__.co_names
    assert {"_subscriptions", "_records", "_fetch_min_bytes", "_fetch_max_wait_ms"} <= set(Fetcher.__init__.__code__.co_names)
    assert {"_builder", "_relative_offset"} <= set(BatchBuilder.__init__.__code__.co_names)
    assert "_client" in AIOKafkaAdminClient.__init__.__code__.co_names
    assert "_partition_records" in FetchResult.__init__.__code__.co_names
    assert {"_committed_offset", "_unacked_messages", "_read_offset"} <= set(
        driver.Consumer.__mro__[2].__init__.__code__.co_names
    )


@pytest.mark.parametrize(
    ("package", "version"), [("faust-streaming", "0.15.3"), ("aiokafka", "0.14.0"), ("mode-streaming", "0.7.1")]
)
def test_the_version_is_the_pinned_one(package: str, version: str) -> None:
    assert importlib.metadata.version(package) == version
