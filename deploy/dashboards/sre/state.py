"""What the customers role keeps, and the passing of days."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import AT_CUSTOMERS, CHOSEN
from deploy.dashboards.panel import Panel, Query, Row

ROW = Row(
    "State: customers and the passing of days",
    (
        Panel(
            title="Rows",
            unit="short",
            meaning="Customers' rows in memory, by worker, and those in quarantine over all.",
            bad="Rows that vanish without a rebalance; anybody in quarantine: tiering customers show.",
            queries=(
                Query(f"tiering_rows{{{CHOSEN}}} {AT_CUSTOMERS}", "{{instance}}"),
                Query(f"sum(tiering_quarantined_rows{{{CHOSEN}}})", "in quarantine"),
            ),
            width=6,
        ),
        Panel(
            title="Reviews and profiles that wait",
            unit="short",
            meaning="At most so many customers are to be looked at again because time has passed (due: today; overdue: from days"
            " before), and have a profile to go out.",
            bad="overdue above 0 an hour after midnight (due jumps when a day begins, and falls). Profiles that only climb.",
            queries=(
                Query(f"sum(tiering_reviews_due{{{CHOSEN}}})", "due"),
                Query(f"sum(tiering_reviews_overdue{{{CHOSEN}}})", "overdue"),
                Query(f"sum(tiering_profiles_due{{{CHOSEN}}})", "profiles"),
            ),
            width=6,
        ),
        Panel(
            title="Sweep of the day",
            unit="percentunit",
            meaning="Of the customers that were due when the present day began, the part that has been reviewed, by worker.",
            bad="Below 100 % and not climbing.",
            queries=(Query(f"tiering_sweep_progress_ratio{{{CHOSEN}}} {AT_CUSTOMERS}", "{{instance}}"),),
            width=6,
            bound=bounds.SWEEP,
            least=0,
            most=1,
        ),
        Panel(
            title="Reviews and ticks",
            unit="cps",
            meaning="Customers reviewed a second because time had passed, and ticks of the clock written into the log.",
            bad="No ticks: time stands still, and nobody's standing falls. One worker a partition writes them.",
            queries=(
                Query(f"sum(rate(tiering_reviews_total{{{CHOSEN}}}[$__rate_interval]))", "reviews"),
                Query(f"sum(rate(tiering_ticks_total{{{CHOSEN}}}[$__rate_interval]))", "ticks"),
            ),
            width=6,
        ),
    ),
)
