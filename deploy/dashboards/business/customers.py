"""Who the customers are, as of the last census of every partition."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import WHOLE
from deploy.dashboards.panel import Kind, Panel, Query, Row

_COUNTED = " As of the last census: each worker counts its customers again and again while it has nothing else to do."


def _reached(stage: str) -> str:
    return f'sum(increase(tiering_stage_changes_total{{{WHOLE},to="{stage}"}}[$__range])) or vector(0)'


ROW = Row(
    "Who they are",
    (
        Panel(
            title="Customers",
            unit="short",
            meaning="All customers that are known, also those of whom nothing was announced yet: now, not as of a census.",
            bad="Fewer than an hour ago: a worker is missing (see Tiering: operation), or customers were erased.",
            queries=(Query(f"sum(tiering_rows{{{WHOLE}}})", "customers"),),
            kind=Kind.NUMBER,
            width=4,
        ),
        Panel(
            title="Oldest census",
            unit="s",
            meaning="How old the figures of this row are, at the worker whose census is oldest.",
            bad="Hours: the workers never have idle time, and the figures are old.",
            queries=(Query(f"time() - min(tiering_census_timestamp_seconds{{{WHOLE}}} > 0)", "age"),),
            kind=Kind.NUMBER,
            width=4,
            bound=bounds.CENSUS_AGE,
        ),
        Panel(
            title="New in the chosen time",
            unit="short",
            meaning="Customers who became new ones: their first purchase.",
            bad="None while orders come in.",
            queries=(Query(_reached("new"), "new"),),
            kind=Kind.NUMBER,
            width=4,
            decimals=0,
        ),
        Panel(
            title="Lost in the chosen time",
            unit="short",
            meaning="Customers who became churned ones, by the policy's patience.",
            bad="More than new ones, day by day.",
            queries=(Query(_reached("churned"), "churned"),),
            kind=Kind.NUMBER,
            width=4,
            decimals=0,
        ),
        Panel(
            title="Policies in force",
            unit="none",
            meaning="The rules that decide now, and in how many partitions.",
            bad="Two for longer than some minutes: a change of rules has not reached everybody.",
            queries=(Query(f"sum by (policy) (tiering_policy_info{{{WHOLE}}})", "{{policy}}"),),
            kind=Kind.NUMBER,
            width=8,
        ),
        Panel(
            title="Tiers of $scheme",
            unit="short",
            meaning="Customers in each tier of the scheme." + _COUNTED,
            bad="A tier that empties or fills within hours: look at the policy, and at the moves below.",
            queries=(Query(f'sum by (tier) (tiering_customers{{{WHOLE},scheme=~"$scheme"}})', "{{tier}}"),),
            kind=Kind.AREAS,
            width=24,
            each="scheme",
        ),
        Panel(
            title="By stage",
            unit="short",
            meaning="Customers in each stage of their life as customers, from prospect to churned." + _COUNTED,
            bad="Dormant and churned grow faster than new comes in.",
            queries=(Query(f"sum by (stage) (tiering_customers_by_stage{{{WHOLE}}})", "{{stage}}"),),
            kind=Kind.BARS,
            width=12,
        ),
        Panel(
            title="By churn risk",
            unit="short",
            meaning="Customers at each level of the risk not to come back." + _COUNTED,
            bad="High grows at the cost of low.",
            queries=(Query(f"sum by (level) (tiering_customers_by_risk{{{WHOLE}}})", "{{level}}"),),
            kind=Kind.BARS,
            width=12,
        ),
    ),
)
