"""A whole dashboard as one SVG, and which of its panels had nothing to show."""

import re
from collections.abc import Mapping
from typing import Any

from tests.deploy.picture.asked import Prometheus
from tests.deploy.picture.cells import heat, states
from tests.deploy.picture.lines import lines
from tests.deploy.picture.marks import BACK, DIM, EDGE, FACE, TEXT, box, fitting, text
from tests.deploy.picture.placed import Named, Panel, Place
from tests.deploy.picture.still import bars, stat, table

WIDE, ROW, GAP = 1440, 34, 8
"""Pixels: of the page, of one of Grafana's rows, between panels."""

_DRAWINGS = {
    "timeseries": lines,
    "heatmap": heat,
    "state-timeline": states,
    "stat": stat,
    "bargauge": bars,
    "table": table,
}


def page(dashboard: dict[str, Any], prometheus: Prometheus) -> tuple[str, list[str]]:
    """The picture, and the titles of panels without data."""
    out = [text(10, 28, dashboard["title"], size=18, bold=True)]
    out.append(text(WIDE - 10, 28, "drawn from Prometheus by tests/deploy/picture, not by Grafana", fill=DIM, anchor="end"))
    empty, lower, bottom = [], 0, 0.0
    for panel in dashboard["panels"]:
        grid = panel["gridPos"]
        if panel["type"] == "row":
            out.append(text(10, 66 + (grid["y"] + lower) * ROW, f"⌄ {panel['title']}", size=14, bold=True))
            continue
        values = (prometheus.values("tiering_customers", panel["repeat"]) or ["-"]) if "repeat" in panel else [""]
        for number, value in enumerate(values):
            place = _place(grid, lower, number, len(values))
            places = {f"${panel['repeat']}": value} if value else {}
            found = named(panel, prometheus, places)
            empty += [] if found else [panel["title"]]
            out += _framed({**panel, "title": _put(panel["title"], places)}, found, place, prometheus)
            bottom = max(bottom, place.bottom)
        lower += grid["h"] * ((len(values) - 1) // 3)
    size = f'width="{WIDE}" height="{bottom + 12:.0f}"'
    fonts = 'font-size="11" font-family="Inter, Helvetica, Arial, DejaVu Sans, sans-serif"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {fonts} fill="{TEXT}">'
    return "\n".join([head, f'<rect width="100%" height="100%" fill="{BACK}"/>', *out, "</svg>", ""]), empty


def named(panel: Panel, prometheus: Prometheus, places: Mapping[str, str]) -> list[Named]:
    """What a panel's queries give, by name; bars the largest first."""
    out = [
        Named(_called(target["legendFormat"], series.labels), series)
        for target in panel["targets"]
        for series in prometheus.answer(target["expr"], instant=bool(target.get("instant")), places=places)
    ]
    return sorted(out, key=lambda each: (-each.last, each.name) if panel["type"] == "bargauge" else (0.0, each.name))


def _called(legend: str, labels: Mapping[str, str]) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), legend)


def _put(said: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        said = said.replace(name, value)
    return said


def _place(grid: Mapping[str, int], lower: int, number: int, of: int) -> Place:
    """A panel that is repeated lies with its like in lines of three at most."""
    width = WIDE / min(of, 3) if of > 1 else grid["w"] * WIDE / 24
    x = width * (number % 3) if of > 1 else grid["x"] * WIDE / 24
    y = 44 + (grid["y"] + lower + grid["h"] * (number // 3)) * ROW
    return Place(x + GAP / 2, y, width - GAP, grid["h"] * ROW - GAP)


def _framed(panel: Panel, found: list[Named], place: Place, prometheus: Prometheus) -> list[str]:
    out = [
        box(place.x, place.y, place.width, place.height, FACE, edge=EDGE),
        text(place.x + 8, place.y + 18, fitting(panel["title"], place.width - 12, 12), size=12, bold=True),
    ]
    if not found:
        middle = place.x + place.width / 2, place.y + place.height / 2 + 8
        return [*out, text(*middle, "No data", size=16, fill=DIM, anchor="middle")]
    inner = Place(place.x + 8, place.y + 28, place.width - 16, place.height - 36)
    return out + _DRAWINGS[panel["type"]](panel, found, inner, prometheus.window)
