"""Where records wait: lag by topic and partition, and whether anything moves."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import CHOSEN
from deploy.dashboards.panel import Kind, Panel, Query, Row

_SINCE = f"time() - tiering_last_progress_timestamp_seconds{{{CHOSEN}}}"
_WAITING = f"tiering_lag_records{{{CHOSEN}}} > 0"

ROW = Row(
    "Where it waits",
    (
        Panel(
            title="Waiting records",
            unit="short",
            meaning="Records not yet durably dealt with, by the topic they wait in: the inbound ones wait for intake,"
            " customer-activity for customers, customer-profiles for the read model.",
            bad="A line that climbs and does not fall again: that role is too slow, or stands.",
            queries=(Query(f"sum by (topic) (tiering_lag_records{{{CHOSEN}}})", "{{topic}}"),),
            width=6,
        ),
        Panel(
            title="Age of the oldest that waits",
            unit="s",
            meaning="How old the oldest waiting record is, by topic: the delay that an event has now.",
            bad="Above 5 minutes. A straight climb of a second a second: nothing is being dealt with.",
            queries=(Query(f"max by (topic) (tiering_lag_seconds{{{CHOSEN}}})", "{{topic}}"),),
            width=6,
            bound=bounds.LAG_SECONDS,
        ),
        Panel(
            title="Standing still for",
            unit="s",
            meaning="The longest time since a partition in which records wait made progress, by topic; 0 where none waits.",
            bad="From 3 minutes on the partition is stuck. The worker that holds it says why in its log.",
            queries=(
                Query(
                    f"max by (topic) ({_SINCE} and on (job, instance, topic, partition) {_WAITING})"
                    f" or 0 * max by (topic) (tiering_lag_records{{{CHOSEN}}})",
                    "{{topic}}",
                ),
            ),
            width=6,
            bound=bounds.STALLED,
        ),
        Panel(
            title="Partitions furthest behind",
            unit="short",
            meaning="The eight partitions in which most records wait, now.",
            bad="One far above the others: a stuck worker, or one customer (or key) that most events belong to.",
            queries=(Query(f"topk(8, max by (topic, partition) (tiering_lag_records{{{CHOSEN}}}))", "{{topic}} {{partition}}"),),
            kind=Kind.BARS,
            width=6,
        ),
    ),
)
