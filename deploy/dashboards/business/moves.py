"""What changed: moves between tiers and stages, risk raised and calmed."""

from deploy.dashboards.choices import WHOLE
from deploy.dashboards.panel import Kind, Panel, Query, Row


def _in_the_time(metric: str, by: str) -> str:
    return f"sum by ({by}) (increase({metric}{{{WHOLE}}}[$__range]))"


def _an_hour(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}{{{WHOLE}}}[$__rate_interval])) * 3600"


ROW = Row(
    "Moves",
    (
        Panel(
            title="Tier moves in the chosen time",
            unit="short",
            meaning="Announced moves by scheme: up, down, enrolled.",
            bad="More down than up, day by day; any direction many times a usual day's.",
            queries=(Query(_in_the_time("tiering_tier_changes_total", "scheme, direction"), "{{scheme}} {{direction}}"),),
            kind=Kind.BARS,
        ),
        Panel(
            title="Stage changes in the chosen time",
            unit="short",
            meaning="Announced changes of stage, by the stage reached.",
            bad="dormant and churned above new and won-back.",
            queries=(Query(_in_the_time("tiering_stage_changes_total", "to"), "to {{to}}"),),
            kind=Kind.BARS,
        ),
        Panel(
            title="Risk changes in the chosen time",
            unit="short",
            meaning="Announced changes of churn risk, by the level reached.",
            bad="high far above low: more are being lost than come back.",
            queries=(Query(_in_the_time("tiering_risk_changes_total", "to"), "to {{to}}"),),
            kind=Kind.BARS,
        ),
        Panel(
            title="Tier moves an hour",
            unit="short",
            meaning="Moves by scheme and direction, at the pace of an hour. Most moves down fall on the beginning of a day.",
            bad="A jump with no campaign and no new policy (a purple mark) behind it.",
            queries=(Query(_an_hour("tiering_tier_changes_total", "scheme, direction"), "{{scheme}} {{direction}}"),),
        ),
        Panel(
            title="Stage changes an hour",
            unit="short",
            meaning="Changes of stage by the stage reached, at the pace of an hour.",
            bad="A jump with no campaign and no new policy behind it.",
            queries=(Query(_an_hour("tiering_stage_changes_total", "to"), "to {{to}}"),),
        ),
        Panel(
            title="Churn risk an hour",
            unit="short",
            meaning="Changes of churn risk by the level reached, at the pace of an hour.",
            bad="A jump of high: a shop, a product or an app that failed people.",
            queries=(Query(_an_hour("tiering_risk_changes_total", "to"), "to {{to}}"),),
        ),
    ),
)
