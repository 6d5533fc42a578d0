"""Lines and stacked areas over time, with their legend."""

import math
from collections.abc import Sequence

from tests.deploy.picture.asked import Window
from tests.deploy.picture.axes import Figures, Times
from tests.deploy.picture.marks import DIM, NAMED, PALETTE, box, fitting, line, text
from tests.deploy.picture.placed import Named, Panel, Place, shown

_LEGEND = 15
Points = list[tuple[float, float]]


def lines(panel: Panel, found: Sequence[Named], place: Place, window: Window) -> list[str]:
    """A time series panel."""
    defaults = panel["fieldConfig"]["defaults"]
    listed = found[: max(1, int((place.height - 110) / _LEGEND))]
    bottom = place.bottom - 20 - _LEGEND * (len(listed) + 1)
    stacked = defaults["custom"].get("stacking", {}).get("mode") == "normal"
    drawn = [_finite(named) for named in found]
    heights = _piled(drawn) if stacked else drawn
    figures = Figures(defaults, [figure for points in heights for _, figure in points], place.y, bottom)
    times = Times(place, window)
    out = times.drawn(bottom) + figures.drawn(times) + _bounds(panel, figures, times)
    floor: Points = []
    for number, points in enumerate(heights):
        edge = [(times.x(at), figures.y(figure)) for at, figure in points]
        colour = PALETTE[number % len(PALETTE)]
        if stacked:
            under = floor or [(x, figures.y(0)) for x, _ in edge]
            out.append(line(edge + under[::-1], colour, fill=colour))
            floor = edge
        else:
            out += [line([(times.x(at), figures.y(figure)) for at, figure in run], colour) for run in _runs(points, window.step)]
    return out + _legend(panel, listed, len(found), place, bottom + 22)


def _finite(named: Named) -> Points:
    return [(at, figure) for at, figure in named.series.points if math.isfinite(figure)]


def _piled(drawn: Sequence[Points]) -> list[Points]:
    """Each series on those before it, at all moments that any of them has."""
    moments = sorted({at for points in drawn for at, _ in points})
    height = dict.fromkeys(moments, 0.0)
    out = []
    for points in drawn:
        for at, figure in points:
            height[at] += figure
        out.append(list(height.items()))
    return out


def _runs(points: Points, step: int) -> list[Points]:
    """Points without a gap between them."""
    runs: list[Points] = []
    for at, figure in points:
        if runs and at - runs[-1][-1][0] <= step * 1.5:
            runs[-1].append((at, figure))
        else:
            runs.append([(at, figure)])
    return runs


def _bounds(panel: Panel, figures: Figures, times: Times) -> list[str]:
    defaults = panel["fieldConfig"]["defaults"]
    if "thresholdsStyle" not in defaults["custom"]:
        return []
    out = []
    for step in defaults["thresholds"]["steps"]:
        if step["value"] is not None and figures.least <= step["value"] <= figures.ticks[-1]:
            y, colour = figures.y(step["value"]), NAMED["red" if step["color"] == "green" else step["color"]]
            out.append(line([(times.left, y), (times.left + times.width, y)], colour, dashed=True))
    return out


def _legend(panel: Panel, listed: Sequence[Named], whole: int, place: Place, y: float) -> list[str]:
    more = f"Name ({whole - len(listed)} more)" if whole > len(listed) else "Name"
    out = [text(place.x + 14, y + 10, more, size=10, fill=DIM)]
    out += [text(place.right - back, y + 10, head, size=10, fill=DIM, anchor="end") for head, back in (("Last", 74), ("Max", 4))]
    for number, named in enumerate(listed):
        below = y + _LEGEND * (number + 1) + 10
        figures = [figure for _, figure in _finite(named)] or [math.nan]
        out.append(box(place.x, below - 6, 10, 3, PALETTE[number % len(PALETTE)]))
        out.append(text(place.x + 14, below, fitting(named.name, place.width - 150)))
        out.append(text(place.right - 74, below, shown(panel, figures[-1]), anchor="end"))
        out.append(text(place.right - 4, below, shown(panel, max(figures)), anchor="end"))
    return out
