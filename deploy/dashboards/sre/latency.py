"""How long events take, and the steps they take it in."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import CHOSEN, WHOLE
from deploy.dashboards.panel import Kind, Panel, Query, Row
from deploy.dashboards.promql import a_second, freshness, quantile

_CUSTOMERS = f'{CHOSEN},role="customers"'
_BATCHED = a_second("tiering_batch_records_sum", "role")
_BATCHES = a_second("tiering_batch_records_count", "role")

ROW = Row(
    "Latency",
    (
        Panel(
            title="How long events take",
            unit="s",
            meaning="How many events took how long, from being sent until what they caused was durable and announced.",
            bad="Colour above 5 s. A dark band that climbs is a backlog; two bands are two kinds of worker, or one that is slow.",
            queries=(
                Query(f"sum by (le) (increase(tiering_freshness_seconds_bucket{{{_CUSTOMERS}}}[$__rate_interval]))", "{{le}}"),
            ),
            kind=Kind.HEAT,
            width=8,
        ),
        Panel(
            title="Until announced",
            unit="s",
            meaning="Half, 95 % and 99 % of the events were announced within so long (read from buckets: at most).",
            bad="p99 above 1 s is unusual, above 5 s the promise is broken.",
            queries=freshness("customers", CHOSEN),
            bound=bounds.FRESHNESS,
            width=4,
        ),
        Panel(
            title="p99 by role",
            unit="s",
            meaning="intake: until the event is in the log; customers: until it is announced; read-model: from a profile until it"
            " is in Redis. Over all workers.",
            bad="The role whose line rises first is where to look.",
            queries=(Query(quantile(0.99, "tiering_freshness_seconds", "role", WHOLE), "{{role}}"),),
            width=4,
        ),
        Panel(
            title="A step, p99",
            unit="s",
            meaning="From the begin of a step (records, due reviews, waiting profiles) until its transaction is committed.",
            bad="Above 1 s: a slow broker (records and reviews rise together), or too much in one step.",
            queries=(Query(quantile(0.99, "tiering_step_seconds", "work"), "{{work}}"),),
            width=4,
        ),
        Panel(
            title="Records a batch",
            unit="short",
            meaning="How many records are taken together, on average.",
            bad="Thousands: the role works off a backlog. High is not bad in itself: batches are how it keeps up.",
            queries=(Query(f"{_BATCHED} / {_BATCHES}", "{{role}}"),),
            width=4,
        ),
    ),
)
