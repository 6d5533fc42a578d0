"""What is wrong at this moment, in one line of figures: all are green when nothing is."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import WHOLE
from deploy.dashboards.panel import Kind, Panel, Query, Row
from deploy.dashboards.promql import late

_REFUSED = f"sum(rate(tiering_dead_letters_total{{{WHOLE}}}[15m]))"
_TAKEN = f'sum(rate(tiering_records_total{{{WHOLE},role="intake"}}[15m]))'

ROW = Row(
    "Now: red is wrong, green is right",
    (
        Panel(
            title="Budget left, 30 days",
            unit="percentunit",
            meaning="Of the events that may be late in 30 days (one in a thousand), the part that has not been used yet. Over all"
            " workers, as far back as Prometheus remembers, and shown down to -999 %.",
            bad="Below a quarter: no risky change now. Below 0: the promise of these 30 days is broken.",
            queries=(Query(f"clamp_min(1 - ({late('30d')}) / {bounds.ALLOWED}, -9.99)", "left"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.BUDGET,
            decimals=0,
        ),
        Panel(
            title="Burn rate, 1 hour",
            unit="suffix:×",
            meaning="How fast the budget is being used: at 1 it lasts just 30 days, at 14.4 two.",
            bad="From 6 on somebody must look now; see the row below for since when.",
            queries=(Query(f"({late('1h')}) / {bounds.ALLOWED}", "burn"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.BURN,
            decimals=1,
        ),
        Panel(
            title="Oldest that waits",
            unit="s",
            meaning="Age of the oldest record that is not yet durably dealt with, over all topics.",
            bad="It grows: less is dealt with than comes in, or nothing is. See: Where it waits.",
            queries=(Query(f"max(tiering_lag_seconds{{{WHOLE}}})", "age"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.LAG_SECONDS,
            decimals=1,
        ),
        Panel(
            title="Workers down",
            unit="none",
            meaning="Workers that Prometheus can't reach.",
            bad="Any, for longer than a restart takes. Look at the worker's last log line: it says why it ended.",
            queries=(Query(f"count(up{{{WHOLE}}} == 0) or vector(0)", "down"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.DOWN,
        ),
        Panel(
            title="Workers not ready",
            unit="none",
            meaning="Workers that run, and whose /readyz does not say 200.",
            bad="Any, for longer than a recovery takes. /readyz says what the worker waits for.",
            queries=(Query(f"count(tiering_ready{{{WHOLE}}} == 0) or vector(0)", "not ready"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.NOT_READY,
        ),
        Panel(
            title="Refused, 15 minutes",
            unit="percentunit",
            meaning="Of the records that came in, the part that went to dead letters.",
            bad="From 0.1 % on a producer sends what it should not, from 5 % on one does little else. See: Dead letters by code.",
            queries=(Query(f"({_REFUSED} or vector(0)) / ({_TAKEN} > 0) or vector(0)", "refused"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.DEAD_LETTERS,
            decimals=2,
        ),
        Panel(
            title="Ledger imbalance",
            unit="none",
            meaning="Records dealt with less those counted by outcome: nothing may be lost or counted twice.",
            bad="Anything but 0 is a fault in the service. Keep the logs.",
            queries=(Query(f"sum(abs(tiering_ledger_imbalance_records{{{WHOLE}}}))", "records"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.LEDGER,
        ),
        Panel(
            title="Reviews overdue",
            unit="none",
            meaning="At most so many customers whose review day has passed without a review: their standing may be yesterday's.",
            bad="More than 0 for long after midnight: the sweep does not keep up. See: State.",
            queries=(Query(f"sum(tiering_reviews_overdue{{{WHOLE}}})", "overdue"),),
            kind=Kind.NUMBER,
            width=3,
            bound=bounds.OVERDUE,
        ),
    ),
)
