"""The workers together: who runs, who holds which partitions, who has just begun."""

from deploy.dashboards import bounds
from deploy.dashboards.choices import AT_CUSTOMERS, CHOSEN, WHOLE
from deploy.dashboards.panel import Kind, Panel, Query, Row

_BUILDS = f"count by (role, version, build) (tiering_build_info{{{WHOLE}}})"
_GIVEN = f'sum by (job) (tiering_partitions{{{CHOSEN},state="assigned"}})'
_WORKED_ON = f'sum by (job) (tiering_partitions{{{CHOSEN},state="ready"}})'

ROW = Row(
    "Group",
    (
        Panel(
            title="Ready",
            unit="none",
            meaning="Whether the worker's /readyz says 200: recovered, and in its group.",
            bad="Red for longer than a recovery takes: /readyz says what it waits for. A gap: the worker was not running.",
            queries=(Query(f"tiering_ready{{{CHOSEN}}}", "{{job}} {{instance}}"),),
            kind=Kind.STATES,
            width=7,
            words=((1, "ready", "green"), (0, "not ready", "red")),
        ),
        Panel(
            title="Partitions by worker",
            unit="none",
            meaning="How many partitions each worker was given, and how many of a job are not being worked on yet.",
            bad="Any not ready for longer than a recovery takes; one worker with all while others have none.",
            queries=(
                Query(f'tiering_partitions{{{CHOSEN},state="assigned"}}', "{{job}} {{instance}}"),
                Query(f"{_GIVEN} - {_WORKED_ON}", "not ready: {{job}}"),
            ),
            width=7,
        ),
        Panel(
            title="Builds that run",
            unit="none",
            meaning="Versions of the service and how many workers have each.",
            bad="Two versions for longer than a roll-out; a build that is not compiled where it should be.",
            queries=(
                Query(f"count by (role, version, build) (tiering_build_info{{{WHOLE}}})", "{{role}} {{version}} {{build}}"),
            ),
            kind=Kind.TABLE,
            width=6,
        ),
        Panel(
            title="Policies in force",
            unit="none",
            meaning="In how many partitions each policy is the active one.",
            bad="Two for longer than some minutes: a worker has not followed. tiering policy show.",
            queries=(Query(f"sum by (policy) (tiering_policy_info{{{WHOLE}}})", "{{policy}}"),),
            kind=Kind.TABLE,
            width=4,
        ),
        Panel(
            title="Restarts, 15 minutes",
            unit="none",
            meaning="Times that a worker at the same address began anew, the most of a job.",
            bad="3 or more: a worker that ends again and again. Its last log line says why.",
            queries=(Query(f"max by (job) (changes(process_start_time_seconds{{{CHOSEN}}}[15m]))", "{{job}}"),),
            width=6,
            bound=bounds.RESTARTS,
        ),
        Panel(
            title="Rebalances, 15 minutes",
            unit="none",
            meaning="Times that a worker was given partitions anew, the most of a job.",
            bad="8 or more without a roll-out: workers that come and go, or are taken for dead by their group.",
            queries=(Query(f"max by (job) (increase(tiering_rebalances_total{{{CHOSEN}}}[15m]))", "{{job}}"),),
            width=6,
            bound=bounds.REBALANCES,
        ),
        Panel(
            title="Latest recovery",
            unit="s",
            meaning="How long a worker's latest reading of its rows from the changelog took: so long it was not ready.",
            bad="Above 2 minutes: more workers, or fewer rows a partition.",
            queries=(Query(f"tiering_recovery_seconds{{{CHOSEN}}} {AT_CUSTOMERS}", "{{instance}}"),),
            width=6,
            bound=bounds.RECOVERY,
        ),
        Panel(
            title="Still to recover",
            unit="short",
            meaning="At most so many changelog records a worker still has to read before it is ready.",
            bad="A line that does not fall: the broker does not deliver.",
            queries=(Query(f"tiering_recovery_remaining_records{{{CHOSEN}}} {AT_CUSTOMERS}", "{{instance}}"),),
            width=6,
        ),
    ),
)
