"""The query: who looks customers up, and what they are told."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import CHOSEN
from deploy.dashboards.panel import Kind, Panel, Query, Row
from deploy.dashboards.promql import a_second, quantile

_SECONDS = "tiering_query_seconds"
_ALL = f"{_SECONDS}_count"
_FAILED = a_second(_ALL, "job", f'{CHOSEN},status=~"5.."')

ROW = Row(
    "Query",
    (
        Panel(
            title="Look-ups by status",
            unit="cps",
            meaning="Answers of the query a second, by their status.",
            bad="503: an answer could be wrong now (see the age, and Redis above). 401: a token that is not known. 500: a fault.",
            queries=(Query(a_second(_ALL, "status"), "{{status}}"),),
            kind=Kind.AREAS,
            width=6,
        ),
        Panel(
            title="Look-ups that failed",
            unit="percentunit",
            meaning="Of the look-ups the part that was answered with 5xx.",
            bad="Above 5 %: tills and apps feel it. Nothing wrong is shown to them.",
            queries=(Query(f"({_FAILED} or 0 * {a_second(_ALL, 'job')}) / ({a_second(_ALL, 'job')} > 0)", "{{job}}"),),
            width=6,
            bound=bounds.QUERY_FAILED,
            least=0,
        ),
        Panel(
            title="How long look-ups take",
            unit="s",
            meaning="Half and 99 % of the look-ups were answered within so long (at most), whatever the answer.",
            bad="Seconds: Redis is slow or does not answer; after 2 s the answer is 503.",
            queries=tuple(Query(quantile(share, _SECONDS, "job"), name) for name, share in (("p50", 0.5), ("p99", 0.99))),
            width=6,
        ),
        Panel(
            title="Age of the read model",
            unit="s",
            meaning="All that was published until so long ago can be looked up. A gap: a partition is still being filled.",
            bad="It grows: the read model does not write. Announcements are not late by this.",
            queries=(Query(f"tiering_read_model_age_seconds{{{CHOSEN}}}", "{{instance}}"),),
            width=6,
            bound=bounds.READ_MODEL_AGE,
        ),
    ),
)
