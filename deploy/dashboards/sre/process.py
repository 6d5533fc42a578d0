"""The processes: what they use of the machine, and whether they get it in time."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import CHOSEN
from deploy.dashboards.panel import Panel, Query, Row

_WHO = "{{job}} {{instance}}"

ROW = Row(
    "Processes",
    (
        Panel(
            title="Processors",
            unit="none",
            meaning="Processors in use. A worker is one thread of Python: it can use one, and a little more.",
            bad="At 1 for long while records wait: more workers are needed (up to one a partition).",
            queries=(Query(f"rate(process_cpu_seconds_total{{{CHOSEN}}}[$__rate_interval])", _WHO),),
            width=8,
        ),
        Panel(
            title="Memory",
            unit="bytes",
            meaning="Resident memory. For customers it follows the rows.",
            bad="A slope that does not level off, or near the container's limit.",
            queries=(
                Query(f"process_resident_memory_bytes{{{CHOSEN}}}", _WHO),
                Query(f"min by (job) (tiering_memory_limit_bytes{{{CHOSEN}}} > 0)", "limit of {{job}}"),
            ),
            width=8,
        ),
        Panel(
            title="Open files",
            unit="percentunit",
            meaning="Of the files and connections that the process may have open, the part that it has.",
            bad="Above 80 %: connections are not closed.",
            queries=(Query(f"process_open_fds{{{CHOSEN}}} / process_max_fds{{{CHOSEN}}}", _WHO),),
            width=8,
            bound=bounds.OPEN_FILES,
        ),
        Panel(
            title="Garbage collections",
            unit="cps",
            meaning="Runs of Python's collector a second, by generation.",
            bad="Generation 2 more than now and then: each looks at everything and holds the worker up.",
            queries=(
                Query(
                    f"sum by (generation) (rate(python_gc_collections_total{{{CHOSEN}}}[$__rate_interval]))",
                    "generation {{generation}}",
                ),
            ),
            width=8,
        ),
        Panel(
            title="Event loop late",
            unit="s",
            meaning="How late the loop's own timer was, the longest of the last seconds.",
            bad="Above 1 s: something blocks the worker, or it gets no processor; its group may take it for dead.",
            queries=(Query(f"tiering_event_loop_lag_seconds{{{CHOSEN}}}", _WHO),),
            width=8,
            bound=bounds.LOOP_LAG,
        ),
        Panel(
            title="Clock against the broker's",
            unit="s",
            meaning="At least so far apart are this machine's clock and the broker's, as the worker's own writes show.",
            bad="More than 2 s either way: freshness is measured wrong by as much, and days begin early or late.",
            queries=(Query(f"abs(tiering_clock_skew_seconds{{{CHOSEN}}}) >= 0", _WHO),),
            width=8,
            bound=bounds.CLOCK_SKEW,
        ),
    ),
)
