"""The objective over time, and how fast its budget is used."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import WHOLE
from deploy.dashboards.panel import Panel, Query, Row
from deploy.dashboards.promql import late, within

_WINDOWS = ("5m", "30m", "1h", "6h", "3d")
_EVENTS = f'tiering_freshness_seconds_count{{{WHOLE},role="customers"}}'
_IN_TIME = f'tiering_freshness_seconds_bucket{{{WHOLE},role="customers",le="5.0"}}'

ROW = Row(
    "The promise: 99.9 % of events announced within 5 s",
    (
        Panel(
            title="Announced in time",
            unit="percentunit",
            meaning="Of the events of five minutes, the part whose consequences were durable and announced within 1 s and 5 s of"
            " being sent.",
            bad="The line of 5 s is below 99.9 %. That of 1 s is a promise of comfort: nobody is woken for it.",
            queries=(Query(within("5.0", "5m"), "within 5 s"), Query(within("1.0", "5m"), "within 1 s")),
            bound=bounds.IN_TIME,
            most=1,
        ),
        Panel(
            title="Burn rate by window",
            unit="suffix:×",
            meaning="How fast the budget of late events is used. A long window says that it matters, a short one that it still"
            " goes on.",
            bad="1 h and 5 m above 14.4, or 6 h and 30 m above 6: somebody is paged. 3 d and 6 h above 1: a ticket.",
            queries=tuple(Query(f"({late(window)}) / {bounds.ALLOWED}", window) for window in _WINDOWS),
            bound=bounds.BURN,
            logarithmic=True,
        ),
        Panel(
            title="Late events",
            unit="cps",
            meaning="Events a second that were announced later than after 5 s.",
            bad="Anything that stays above 0. A peak right after a restart is the backlog being worked off.",
            queries=(
                Query(f"clamp_min(sum(rate({_EVENTS}[$__rate_interval])) - sum(rate({_IN_TIME}[$__rate_interval])), 0)", "late"),
            ),
            least=0,
        ),
    ),
)
