"""The dashboards in deploy/grafana ask only for what the service tells, and say to people what they show."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from deploy.dashboards import bounds
from deploy.dashboards.__main__ import BOARDS, FOLDER, main
from deploy.dashboards.bounds import Bound
from deploy.dashboards.looks import steps
from deploy.dashboards.panel import Board, Panel
from tests.deploy.known_series import TARGET, assert_known, known
from tests.deploy.kubernetes import built
from tests.deploy.promql import labels, selectors
from tests.deploy.rule_files import alerts

IN_PLACE_OF = {
    "$__rate_interval": "1m",
    "$__range": "3h",
    "$namespace": ".+",
    "$job": "tiering-.+",
    "$instance": ".+",
    "$scheme": ".+",
}
BOARD = pytest.mark.parametrize("board", [pytest.param(board, id=board.uid) for board in BOARDS])
PANEL = pytest.mark.parametrize(
    "panel", [pytest.param(panel, id=f"{board.uid}: {panel.title}") for board in BOARDS for panel in board.panels]
)
NOT_DRAWN = {"tiering_recovery_rows"}
"""Only for whoever compares two recoveries by hand."""


def written(board: Board) -> dict[str, Any]:
    """The committed file."""
    return dict(json.loads((FOLDER / f"{board.uid}.json").read_text()))


def promql(text: str) -> str:
    """A query as Prometheus gets it."""
    for name, value in IN_PLACE_OF.items():
        text = text.replace(name, value)
    return text


def queries(board: Board) -> list[str]:
    """All of a board, its marks too, with the variables in them."""
    marks = [mark["expr"] for mark in written(board)["annotations"]["list"]]
    return [*marks, *(query.promql for panel in board.panels for query in panel.queries)]


def test_the_files_are_what_the_code_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err
    assert {path.stem for path in FOLDER.iterdir()} == {board.uid for board in BOARDS}


def test_how_many_customers_there_are_needs_no_stages_and_no_census() -> None:
    [panel] = [panel for board in BOARDS for panel in board.panels if panel.title == "Customers"]
    assert {selector.metric for query in panel.queries for selector in selectors(promql(query.promql))} == {"tiering_rows"}


def test_a_stale_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("deploy.dashboards.__main__.FOLDER", tmp_path)
    assert main([]) == main(["--check"]) == 0
    (tmp_path / "tiering-sre.json").write_text("{}")
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "deploy/grafana/dashboards/tiering-sre.json is stale: make dashboards\n"


def test_addresses_of_dashboards_never_change() -> None:
    assert [board.uid for board in BOARDS] == ["tiering-sre", "tiering-business"]


@BOARD
def test_a_query_asks_for_series_that_the_service_has(board: Board) -> None:
    for query in map(promql, queries(board)):
        assert_known(query, {})
        asked = [selector.metric for selector in selectors(query)]
        assert asked
        assert labels(query) <= TARGET.union(*(known()[metric] for metric in asked)), query


@BOARD
def test_a_query_heeds_the_choice_at_the_top(board: Board) -> None:
    variables = {variable["name"] for variable in written(board)["templating"]["list"]} | {"__rate_interval", "__range"}
    for query in queries(board):
        assert set(re.findall(r"\$(\w+)", query)) <= variables, query
        for selector in selectors(promql(query)):
            assert {"namespace", "job"} <= {matcher.label for matcher in selector.matchers}, query


def test_every_metric_of_the_service_is_drawn() -> None:
    asked = {selector.metric for board in BOARDS for query in queries(board) for selector in selectors(promql(query))}
    families = {re.sub("_(total|bucket|count|sum)$", "", name) for name in known() if name.startswith("tiering_")}
    assert families - {re.sub("_(total|bucket|count|sum)$", "", name) for name in asked} == NOT_DRAWN


@PANEL
def test_a_panel_says_what_it_shows(panel: Panel) -> None:
    assert len(panel.meaning) > 20
    assert panel.bad
    assert panel.unit in vars(units).values() or re.match("suffix:.", panel.unit)
    for query in panel.queries:
        has = TARGET.union(*(known()[selector.metric] for selector in selectors(promql(query.promql))))
        assert query.legend
        assert set(re.findall(r"{{(\w+)}}", query.legend)) <= has, query.legend
    assert len({query.legend for query in panel.queries}) == len(panel.queries)


@BOARD
def test_panels_fill_the_screen_line_by_line(board: Board) -> None:
    taken: Counter[tuple[int, int]] = Counter()
    for panel in written(board)["panels"]:
        grid = panel["gridPos"]
        across, down = range(grid["x"], grid["x"] + grid["w"]), range(grid["y"], grid["y"] + grid["h"])
        taken.update((x, y) for x in across for y in down)
    assert set(taken.values()) == {1}
    assert {x for x, _ in taken} == set(range(24))


@BOARD
def test_titles_and_numbers_of_panels_are_unique(board: Board) -> None:
    for field in ("id", "title"):
        assert max(Counter(panel[field] for panel in written(board)["panels"]).values()) == 1


@BOARD
def test_only_the_chosen_data_source_is_asked(board: Board) -> None:
    text = json.dumps(written(board))
    assert text.count('"datasource":') == text.count('"datasource": {"type": "prometheus", "uid": "${datasource}"}')


@BOARD
def test_grafana_knows_every_field(board: Board) -> None:
    ours = written(board)
    theirs = json.loads(json.dumps(Dashboard.from_json(ours), cls=JSONEncoder))
    for mark in ours["annotations"]["list"]:
        for field in ("titleFormat", "textFormat", "step"):  # only Prometheus's marks have them: the package does not know
            mark.pop(field)
    assert theirs == ours


@pytest.mark.parametrize(
    ("bound", "colours"),
    [
        (Bound(5, 1), [(None, "green"), (1, "orange"), (5, "red")]),
        (Bound(1), [(None, "green"), (1, "red")]),
        (Bound(0, 0.25, low=True), [(None, "red"), (0, "orange"), (0.25, "green")]),
        (Bound(0.999, low=True), [(None, "red"), (0.999, "green")]),
    ],
)
def test_colours_of_a_bound(bound: Bound, colours: list[tuple[float | None, str]]) -> None:
    assert [(step.value, step.color) for step in steps(bound)] == colours


def test_bounds_are_those_of_the_alerts() -> None:
    rules = {rule["alert"]: rule["expr"].strip() for rule in alerts()}
    for bound in (each for each in vars(bounds).values() if isinstance(each, Bound) and each.alerts):
        asked = " ".join(rules[name] for name in bound.alerts)
        figures = {float(figure) for figure in re.findall(r"[<>]=? ([\d.]+)", asked)}
        assert bound.bad in figures or (bound.bad == 1 and figures == {0}) or asked.endswith("== 0"), bound


def test_grafana_is_told_where_everything_is() -> None:
    provisioning = FOLDER.parent / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "tiering.yaml").read_text())["datasources"]
    assert (source["type"], source["uid"], source["url"]) == ("prometheus", "tiering-prometheus", "$PROMETHEUS_URL")
    [provider] = yaml.safe_load((provisioning / "dashboards" / "tiering.yaml").read_text())["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"


def test_compose_gives_grafana_what_it_is_told_of() -> None:
    grafana = yaml.safe_load((FOLDER.parents[1] / "compose.yaml").read_text())["services"]["grafana"]
    assert "PROMETHEUS_URL" in grafana["environment"]
    assert "./grafana/provisioning:/etc/grafana/provisioning:ro" in grafana["volumes"]
    assert "./grafana/dashboards:/etc/grafana/dashboards:ro" in grafana["volumes"]


def test_a_cluster_gets_each_dashboard_with_the_label_that_grafana_gathers() -> None:
    maps = {each["metadata"]["name"]: each for each in built("grafana")}
    for board in BOARDS:
        assert maps[board.uid]["metadata"]["labels"] == {"grafana_dashboard": "1"}
        assert json.loads(maps[board.uid]["data"][f"{board.uid}.json"]) == written(board)
