"""Every metric of the service, each with its meaning. Labels are closed sets: never a customer, a store or an event id.

A worker has at most 600 series, also with 64 partitions of each topic: only lag, progress and aborts are told by partition.
"""

from collections.abc import Mapping, Sequence
from math import nan
from typing import TypeVar

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
from prometheus_client.registry import Collector

from service.telemetry.age_histogram import AgeHistogram

Metric = TypeVar("Metric", bound=Collector)

disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY = CollectorRegistry()
"""This service's own: nothing that a library registers by itself gets in."""

for _collector in (ProcessCollector, PlatformCollector, GCCollector):
    _collector(registry=REGISTRY)

# 1 and 5 s are promises (a change is announced within a second, alerted on from five), so each is a bucket's edge.
_FRESHNESS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)
_STEP = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_BATCH = (1, 3, 10, 30, 100, 300, 1_000, 3_000)


CUSTOMERS_ROLE, READ_MODEL_ROLE, QUERY_ROLE = "customers", "read-model", "query"
_OF_ONE_ROLE: list[tuple[str, Collector]] = []
"""What one role alone can tell of: the others would say 0, and that would be an answer."""


def _counter(name: str, meaning: str, labels: Sequence[str] = (), *, only: str | None = None) -> Counter:
    return _told_by(only, Counter(f"tiering_{name}", meaning, labels, registry=REGISTRY))


def _gauge(name: str, meaning: str, labels: Sequence[str] = (), *, only: str | None = None) -> Gauge:
    return _told_by(only, Gauge(f"tiering_{name}", meaning, labels, registry=REGISTRY))


def _unknown(name: str, meaning: str, *, only: str | None = None) -> Gauge:
    """A gauge that says NaN until it is set: 0 would be an answer."""
    gauge = _gauge(name, meaning, only=only)
    gauge.set(nan)
    return gauge


def _histogram(name: str, meaning: str, label: str, edges: Sequence[float], *, only: str | None = None) -> Histogram:
    return _told_by(only, Histogram(f"tiering_{name}", meaning, [label], buckets=edges, registry=REGISTRY))


def _told_by(role: str | None, metric: Metric) -> Metric:
    if role is not None:
        _OF_ONE_ROLE.append((role, metric))
    return metric


def show_only(role: str) -> None:
    """From now on nothing is shown that another role alone can tell of."""
    for teller, metric in _OF_ONE_ROLE:
        if teller != role:
            REGISTRY.unregister(metric)


# The process

BUILD = Info("tiering_build", "Version of the service, whether it is compiled, and the role of this process.", registry=REGISTRY)
READY = _gauge("ready", "1: /readyz says 200, 0: it does not.")
PARTITIONS = _gauge("partitions", "Partitions given to this process (assigned), those it works on (ready).", ["state"])
REBALANCES = _counter("rebalances", "Times that this process was given partitions anew.")
EVENT_LOOP_LAG = _gauge("event_loop_lag_seconds", "How late a timer of this process was at most, in the last 15 seconds.")
CLOCK_SKEW = _unknown(
    "clock_skew_seconds",
    "This machine's clock is ahead of the broker's by at least so much (negative: behind), as this process's latest write into"
    " the log shows; NaN: it has written nothing.",
)
MEMORY_LIMIT = _unknown("memory_limit_bytes", "Memory that the container may take; NaN: as much as there is.")

# The way of a record

RECORDS = _counter("records", "Records whose batch is durable, by what became of them.", ["role", "topic", "outcome"])
LEDGER_IMBALANCE = _gauge(
    "ledger_imbalance_records", "Records that became durable less those counted by outcome: anything but 0 is a bug."
)
DEAD_LETTERS = _counter("dead_letters", "Records refused, by the topic they came from and the reason.", ["topic", "code"])
FRESHNESS_SECONDS = AgeHistogram(
    "tiering_freshness_seconds",
    "Of each event, until what it causes is durable. customers: from its inbound record's timestamp, or up to a second before it;"
    " intake and read-model: from its record's own timestamp.",
    "role",
    _FRESHNESS,
)
REGISTRY.register(FRESHNESS_SECONDS)
LAG_RECORDS = _gauge("lag_records", "Records of the log that are not yet durably dealt with.", ["topic", "partition"])
LAG_SECONDS = _gauge(
    "lag_seconds",
    "How long the oldest record has waited that is not yet durably dealt with, by its timestamp; of this process's partitions the"
    " longest. 0: none waits.",
    ["topic"],
)
LAST_PROGRESS = _gauge(
    "last_progress_timestamp_seconds",
    "Unix time when the partition's latest batch became durable, or reading began.",
    ["topic", "partition"],
)
BATCH_RECORDS = _histogram("batch_records", "Records taken together.", "role", _BATCH)
REREADS = _counter("rereads", "Times that lost records were read again.")

# Steps and transactions

STEP_SECONDS = _histogram(
    "step_seconds",
    "From the begin of a step of a partition (records, due reviews, waiting profiles) until it is durable: so long it takes no"
    " other record.",
    "work",
    _STEP,
    only=CUSTOMERS_ROLE,
)
TRANSACTIONS = _counter("transactions", "Kafka transactions committed.", only=CUSTOMERS_ROLE)
TRANSACTION_ABORTS = _counter(
    "transaction_aborts",
    "Transactions that a former owner of a partition left behind unfinished, found when this process took it over: the broker"
    " aborts them, and the batch is done again.",
    only=CUSTOMERS_ROLE,
)
TRANSACTION_ABORTED = _gauge(
    "transaction_abort_timestamp_seconds",
    "Unix time when this process last took the partition over and found a transaction that its former owner had left unfinished."
    " How often it changes shows more than a counter, which ends with its process.",
    ["topic", "partition"],
    only=CUSTOMERS_ROLE,
)
FENCES = _counter(
    "fences",
    "Partitions taken over from a former owner, who was shut out by that whether he still ran or not: some at each restart.",
    only=CUSTOMERS_ROLE,
)

# What is announced

ANNOUNCEMENTS = _counter("announcements", "Changes published, by topic.", ["topic"], only=CUSTOMERS_ROLE)
TIER_CHANGES = _counter(
    "tier_changes",
    "Tier changes published (none: up or down is no matter, the tier was renamed).",
    ["scheme", "direction"],
    only=CUSTOMERS_ROLE,
)
STAGE_CHANGES = _counter("stage_changes", "Changes of lifecycle stage published, by the new stage.", ["to"], only=CUSTOMERS_ROLE)
RISK_CHANGES = _counter(
    "risk_changes", "Changes of churn risk published, by the new level (none: no risk any more).", ["to"], only=CUSTOMERS_ROLE
)

# Customers

ROWS = _gauge("rows", "Customers' rows in memory, over all partitions of this process.", only=CUSTOMERS_ROLE)
CUSTOMERS = _gauge("customers", "Customers by tier, as of the last census.", ["scheme", "tier"], only=CUSTOMERS_ROLE)
CUSTOMERS_BY_STAGE = _gauge(
    "customers_by_stage", "Customers by lifecycle stage, as of the last census.", ["stage"], only=CUSTOMERS_ROLE
)
CUSTOMERS_BY_RISK = _gauge(
    "customers_by_risk", "Customers by churn risk (none: not known), as of the last census.", ["level"], only=CUSTOMERS_ROLE
)
CENSUS_TIMESTAMP = _unknown(
    "census_timestamp_seconds",
    "Unix time of the last census, a walk through all rows in idle time; of this process's partitions the longest ago. NaN: there"
    " was none.",
    only=CUSTOMERS_ROLE,
)
QUARANTINED = _gauge("quarantined_rows", "Customers in quarantine, over all partitions of this process.", only=CUSTOMERS_ROLE)
POLICY = _gauge("policy_info", "Partitions of this process under each policy, as name@version.", ["policy"], only=CUSTOMERS_ROLE)

# Time passing

REVIEWS = _counter("reviews", "Customers reviewed because time had passed, or the policy had changed.", only=CUSTOMERS_ROLE)
REVIEWS_DUE = _gauge(
    "reviews_due", "At most so many customers are due for review now, over all partitions of this process.", only=CUSTOMERS_ROLE
)
PROFILES_DUE = _gauge(
    "profiles_due",
    "At most so many customers have changed since their profile was published; it follows in the next round of profiles.",
    only=CUSTOMERS_ROLE,
)
REVIEWS_OVERDUE = _gauge(
    "reviews_overdue",
    "At most so many customers were due for review on a day before the clock's present day and still wait.",
    only=CUSTOMERS_ROLE,
)
SWEEP_PROGRESS = _gauge(
    "sweep_progress_ratio",
    "Of the customers that were due when the clock's present day began the part that is reviewed; 1: all.",
    only=CUSTOMERS_ROLE,
)
TICKS = _counter("ticks", "Clock ticks written into the log.", only=CUSTOMERS_ROLE)

# Recovery

RECOVERY_ROWS = _counter("recovery_rows", "Changelog records read to recover the table.", only=CUSTOMERS_ROLE)
RECOVERY_REMAINING = _gauge(
    "recovery_remaining_records", "At most so many changelog records are still to be read; 0: recovered.", only=CUSTOMERS_ROLE
)
RECOVERY_SECONDS = _gauge("recovery_seconds", "How long the latest recovery of the table took.", only=CUSTOMERS_ROLE)

# Redis

REDIS_UP = _gauge("redis_up", "1: Redis answered the last time, 0: it did not.", ["role"])
REDIS_WAIT_SECONDS = _counter(
    "redis_wait_seconds", "Time for which this process has waited for a Redis that did not answer.", only=READ_MODEL_ROLE
)

# The query

QUERY_SECONDS = _histogram(
    "query_seconds", "Look-ups of a customer, by the status of the answer, until it was ready.", "status", _STEP, only=QUERY_ROLE
)
READ_MODEL_AGE = _unknown(
    "read_model_age_seconds",
    "All that was published until so long ago is in Redis; of all partitions the longest. NaN: a partition is still being filled,"
    " or nothing is known.",
    only=QUERY_ROLE,
)


def count_records(role: str, topic: str, outcomes: Mapping[str, int]) -> None:
    """Records of one durable batch, by outcome (applied, repeated, forwarded, dead-lettered, ...)."""
    for outcome, number in outcomes.items():
        RECORDS.labels(role, topic, outcome).inc(number)


def exposition() -> bytes:
    """All metrics in Prometheus's text format."""
    return generate_latest(REGISTRY)
