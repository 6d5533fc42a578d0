"""What comes in, what becomes of it, what goes out."""

from deploy.dashboards.choices import CHOSEN
from deploy.dashboards.panel import Kind, Panel, Query, Row
from deploy.dashboards.promql import a_minute, a_second

ROW = Row(
    "Flow",
    (
        Panel(
            title="Records in, by topic",
            unit="cps",
            meaning="Inbound records a second that intake has durably dealt with.",
            bad="A topic at 0 in opening hours (its producer is silent, if nothing waits there), or far above a usual day.",
            queries=(Query(a_second("tiering_records_total", "topic", f'{CHOSEN},role="intake"'), "{{topic}}"),),
            kind=Kind.AREAS,
            width=6,
        ),
        Panel(
            title="What becomes of them",
            unit="cps",
            meaning="Records a second by role and outcome. At customers: applied, or repeated (seen before and passed over).",
            bad="Many repeated: a producer sends twice, or reads are done again. Many dead-lettered or anonymous: see the codes.",
            queries=(Query(a_second("tiering_records_total", "role, outcome"), "{{role}} {{outcome}}"),),
            width=6,
        ),
        Panel(
            title="Announcements",
            unit="cps",
            meaning="Changes published a second, by topic. A few in a hundred events; more when a day begins.",
            bad="Many times a usual day's at the same hour: a policy that moves everybody. None for hours while records come in.",
            queries=(Query(a_second("tiering_announcements_total", "topic"), "{{topic}}"),),
            kind=Kind.AREAS,
            width=6,
        ),
        Panel(
            title="Dead letters by code",
            unit="cpm",
            meaning="Records refused a minute, by topic and reason. They are kept: tiering dead-letters list.",
            bad="A new code, or one that keeps coming: its producer has changed. Mend it, then tiering dead-letters replay.",
            queries=(
                Query(
                    f"{a_minute('tiering_dead_letters_total', 'topic, code')} > 0",
                    "{{topic}} {{code}}",
                ),
            ),
            width=6,
        ),
    ),
)
