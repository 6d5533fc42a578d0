"""What came in, what went out, what was refused, and how long a decision took."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import WHOLE
from deploy.dashboards.panel import Kind, Panel, Query, Row
from deploy.dashboards.promql import a_minute, freshness

_REFUSED = f"sum by (topic, code) (increase(tiering_dead_letters_total{{{WHOLE}}}[$__range])) > 0"

ROW = Row(
    "In and out",
    (
        Panel(
            title="Orders and other events in",
            unit="cpm",
            meaning="Inbound records a minute by topic: orders (and refunds), app interactions, feedback.",
            bad="Orders at 0 in opening hours.",
            queries=(Query(a_minute("tiering_records_total", "topic", f'{WHOLE},role="intake"'), "{{topic}}"),),
            kind=Kind.AREAS,
            width=6,
        ),
        Panel(
            title="Announcements by topic",
            unit="cpm",
            meaning="Changes published a minute: what other systems act on.",
            bad="Many times a usual day's: somebody downstream may send as many messages.",
            queries=(Query(a_minute("tiering_announcements_total", "topic", WHOLE), "{{topic}}"),),
            kind=Kind.AREAS,
            width=6,
        ),
        Panel(
            title="Dead letters in the chosen time",
            unit="short",
            meaning="Records refused, by topic and reason: purchases that do not count until they are mended and sent again.",
            bad="Any that stays: its producer sends what the contract does not allow.",
            queries=(Query(_REFUSED, "{{topic}} {{code}}"),),
            kind=Kind.BARS,
            width=6,
        ),
        Panel(
            title="Time to decision",
            unit="s",
            meaning="From an event being sent until its consequences are announced: half, 95 %, 99 % of the events.",
            bad="Above 5 s: a customer at the till may still be seen in the tier of before.",
            queries=freshness("customers", WHOLE),
            width=6,
            bound=bounds.FRESHNESS,
        ),
    ),
)
