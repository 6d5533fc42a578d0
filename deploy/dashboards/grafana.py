"""A board as Grafana's JSON, by Grafana's own typed builders (grafana-foundation-sdk)."""

import json
from typing import Any
from zlib import crc32

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from deploy.dashboards import looks
from deploy.dashboards.choices import DATA_SOURCE, annotations, variables
from deploy.dashboards.panel import Board, Kind, Panel

HEIGHTS = {Kind.NUMBER: 4}
"""In Grafana's rows of 30 pixels; all others are 8 high."""


def as_json(board: Board) -> str:
    """The file that Grafana reads."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.purpose)
        .tags(["tiering"])
        .time(board.since, "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .variables(variables(board))
        .link(dashboard.DashboardLink("Tiering").type(model.DashboardLinkType.DASHBOARDS).tags(["tiering"]).keep_time(True))
    )
    for row in board.rows:
        made.with_row(dashboard.Row(row.title).id(_number(f"row {row.title}")))
        for panel in row.panels:
            made.with_panel(_panel(panel))
    built = made.build()
    built.annotations = model.AnnotationContainer(annotations(board))
    return json.dumps(built, cls=JSONEncoder, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _number(name: str) -> int:
    """A panel's number is in addresses that people keep: it stays when panels come and go around it."""
    return crc32(name.encode()) % 1_000_000


def _panel(panel: Panel) -> Any:
    made = looks.look(panel)
    made.id(_number(panel.title)).title(panel.title).description(panel.description).datasource(DATA_SOURCE)
    made.unit(panel.unit).span(panel.width).height(HEIGHTS.get(panel.kind, 8))
    made.targets([_target(panel, number) for number in range(len(panel.queries))])
    if panel.least is not None:
        made.min(panel.least)
    if panel.most is not None:
        made.max(panel.most)
    if panel.decimals is not None:
        made.decimals(panel.decimals)
    if panel.each:
        made.repeat(panel.each).repeat_direction("h").max_per_row(3)
    return made


def _target(panel: Panel, number: int) -> Dataquery:
    query = panel.queries[number]
    target = Dataquery().ref_id("ABCDEFGH"[number]).expr(query.promql).legend_format(query.legend).datasource(DATA_SOURCE)
    if panel.kind is Kind.HEAT:
        return target.range().format(PromQueryFormat.HEATMAP)
    if panel.kind is Kind.TABLE:
        return target.instant().format(PromQueryFormat.TABLE)
    return target.range() if panel.kind.looks_back else target.instant()
