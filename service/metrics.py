"""Every metric of the service, each with its meaning. Labels are closed sets: never a customer, never an event id."""

from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
"""This service's own: nothing that a library registers by itself gets in."""

for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=REGISTRY)

# 1 and 5 s are promises (a change is announced within a second, alerted on from five), so each is a bucket's edge.
_FRESHNESS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)
_STEP = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

BUILD = Info("tiering_build", "Version of the service, whether it is compiled, and the role of this process.", registry=REGISTRY)
RECORDS = Counter(
    "tiering_records", "Records whose batch is durable, by what became of them.", ["role", "topic", "outcome"], registry=REGISTRY
)
DEAD_LETTERS = Counter("tiering_dead_letters", "Records refused, by topic and reason.", ["topic", "code"], registry=REGISTRY)
ANNOUNCEMENTS = Counter("tiering_announcements", "Changes published, by topic.", ["topic"], registry=REGISTRY)
REVIEWS = Counter("tiering_reviews", "Customers reviewed because time had passed.", registry=REGISTRY)
TRANSACTIONS = Counter("tiering_transactions", "Kafka transactions committed.", registry=REGISTRY)
STEP_SECONDS = Histogram(
    "tiering_step_seconds",
    "From the begin of a step of a partition (records, due reviews, waiting profiles) until it is durable: so long it takes no"
    " other record.",
    ["work"],
    buckets=_STEP,
    registry=REGISTRY,
)
FRESHNESS_SECONDS = Histogram(
    "tiering_freshness_seconds",
    "From the timestamp of a batch's oldest record until what the batch caused is durable.",
    ["role"],
    buckets=_FRESHNESS,
    registry=REGISTRY,
)
LAG_RECORDS = Gauge(
    "tiering_lag_records", "Records of the log that are not yet durably dealt with.", ["topic", "partition"], registry=REGISTRY
)
REREADS = Counter("tiering_rereads", "Times that lost records were read again.", registry=REGISTRY)
ROWS = Gauge("tiering_rows", "Customers' rows in memory, over all partitions of this process.", registry=REGISTRY)
LAST_PROGRESS = Gauge(
    "tiering_last_progress_timestamp_seconds",
    "Unix time when the partition's latest batch became durable, or reading began.",
    ["topic", "partition"],
    registry=REGISTRY,
)
BATCH_RECORDS = Histogram(
    "tiering_batch_records",
    "Records taken together.",
    ["role"],
    buckets=(1, 3, 10, 30, 100, 300, 1_000, 3_000),
    registry=REGISTRY,
)
RECOVERY_ROWS = Counter("tiering_recovery_rows", "Changelog records read to recover the table.", registry=REGISTRY)
RECOVERY_SECONDS = Gauge("tiering_recovery_seconds", "How long the latest recovery of the table took.", registry=REGISTRY)
REVIEWS_DUE = Gauge(
    "tiering_reviews_due",
    "At most so many customers are due for review now, over all partitions of this process.",
    registry=REGISTRY,
)
TICKS = Counter("tiering_ticks", "Clock ticks written into the log.", registry=REGISTRY)
QUARANTINED = Gauge(
    "tiering_quarantined_rows", "Customers in quarantine, over all partitions of this process.", registry=REGISTRY
)
REDIS_UP = Gauge("tiering_redis_up", "1: Redis answered the last time, 0: it did not.", ["role"], registry=REGISTRY)


def count_records(role: str, topic: str, outcomes: Mapping[str, int]) -> None:
    """Records of one durable batch, by outcome (applied, repeated, forwarded, dead-lettered, ...)."""
    for outcome, number in outcomes.items():
        RECORDS.labels(role, topic, outcome).inc(number)


def exposition() -> bytes:
    """All metrics in Prometheus's text format."""
    return generate_latest(REGISTRY)
