"""What a person chooses at the top of a dashboard, and what is marked on every panel's time axis."""

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

from deploy.dashboards.panel import Board

DATA_SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

WHOLE = 'namespace=~"$namespace",job=~"$job"'
"""Matches all workers, whatever instance is chosen: promises are kept by all of them together, also by those of last week."""

CHOSEN = f'{WHOLE},instance=~"$instance"'
"""Matches the chosen workers."""

AT_CUSTOMERS = f'and on (job, instance) tiering_build_info{{{CHOSEN},role="customers"}}'
"""Keeps the workers that have rows: the others show 0 where they have nothing to say."""


def variables(board: Board) -> list[Builder[model.VariableModel]]:
    """Data source, namespace (where there is none, All), job, role, instance: each offers what there is under those before it."""
    source = dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    namespace = _asked("namespace", "Namespace", "label_values(tiering_build_info, namespace)").all_value(".*")
    job = _asked("job", "Job", 'label_values(tiering_build_info{namespace=~"$namespace"}, job)')
    if board.schemes:
        return [source, namespace, job, _asked("scheme", "Scheme", f"label_values(tiering_customers{{{WHOLE}}}, scheme)")]
    role = _asked("role", "Role", f"label_values(tiering_build_info{{{WHOLE}}}, role)")
    instances = f'label_values(tiering_build_info{{{WHOLE},role=~"$role"}}, instance)'
    return [source, namespace, job, role, _asked("instance", "Instance", instances)]


def _asked(name: str, label: str, query: str) -> dashboard.QueryVariable:
    everything = model.VariableOption(selected=True, text="All", value="$__all")
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .query(query)
        .datasource(DATA_SOURCE)
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .current(everything)
    )


class _Mark(model.AnnotationQuery):
    """The fields that only Prometheus's annotations have are missing in the builder."""

    def __init__(self, name: str, colour: str, promql: str, told: str) -> None:
        super().__init__(name=name, datasource=DATA_SOURCE, enable=True, icon_color=colour, expr=promql)
        self.told = told

    def to_json(self) -> dict[str, object]:
        """With the words of a mark, and how far apart the query looks."""
        return {**super().to_json(), "titleFormat": self.name, "textFormat": self.told, "step": "60s"}


def annotations(board: Board) -> list[model.AnnotationQuery]:
    """New policies; starts of workers where those are what it is about."""
    policies = f"max by (policy) (tiering_policy_info{{{WHOLE}}}) > 0"
    before = f"max by (policy) (max_over_time(tiering_policy_info{{{WHOLE}}}[5m] offset 1m)) > 0"
    started = f"(time() - process_start_time_seconds{{{CHOSEN}}}) < 60"
    policy = _Mark("Policy", "purple", f"{policies} unless {before}", "{{policy}} is in force")
    return [policy] if board.schemes else [policy, _Mark("Start", "blue", started, "{{instance}} has started")]
