"""Panels of cells over time: heat and states."""

import math
from collections.abc import Sequence

from tests.deploy.picture.asked import Window
from tests.deploy.picture.axes import LEFT, Times
from tests.deploy.picture.figures import written
from tests.deploy.picture.marks import DIM, NAMED, box, fitting, text
from tests.deploy.picture.placed import Named, Panel, Place


def heat(panel: Panel, found: Sequence[Named], place: Place, window: Window) -> list[str]:
    """A heat map of cumulative buckets, which are made into single ones as Grafana does."""
    rows = sorted((float(named.series.labels["le"]), dict(named.series.points)) for named in found)
    below: dict[float, float] = {}
    cells = []
    for edge, points in rows:
        cells.append((edge, {at: figure - below.get(at, 0.0) for at, figure in points.items()}))
        below = points
    most = max((figure for _, row in cells for figure in row.values()), default=0.0) or 1.0
    times, bottom = Times(place, window), place.bottom - 20
    high, wide = (bottom - place.y) / len(cells), times.width * window.step / window.seconds
    out = times.drawn(bottom)
    unit = panel["options"]["yAxis"]["unit"]
    for number, (edge, row) in enumerate(cells):
        y = bottom - high * (number + 1)
        said = written(edge, unit) if math.isfinite(edge) else "more"
        out.append(text(place.x + LEFT - 6, y + high / 2 + 4, said, size=10, fill=DIM, anchor="end"))
        for at, figure in row.items():
            if figure > panel["options"]["filterValues"]["le"] and at < window.end:
                see = 0.15 + 0.85 * math.sqrt(figure / most)
                out.append(box(times.x(at), y, wide - 0.5, high - 1, "#ff9830", opacity=see))
    return out


def states(panel: Panel, found: Sequence[Named], place: Place, window: Window) -> list[str]:
    """A state timeline: a bar for each series, its colour the state."""
    [mapping] = panel["fieldConfig"]["defaults"]["mappings"]
    words = {float(state): word for state, word in mapping["options"].items()}
    side = min(250.0, place.width * 0.6)
    times, bottom = Times(place, window, side), place.bottom - 40
    high = min(34.0, (bottom - place.y) / len(found))
    out = times.drawn(place.y + high * len(found))
    for number, word in enumerate(words.values()):
        out.append(box(place.x + 130 * number, place.bottom - 12, 10, 10, NAMED[word["color"]]))
        out.append(text(place.x + 130 * number + 14, place.bottom - 3, word["text"], size=10, fill=DIM))
    for number, named in enumerate(found):
        y = place.y + high * number
        out.append(text(place.x + side - 6, y + high / 2 + 4, fitting(named.name, side - 8), anchor="end"))
        for state, begin, end in _spans(named, window):
            out.append(
                box(times.x(begin), y + 2, times.x(end) - times.x(begin), high - 4, NAMED[words[state]["color"]], opacity=0.8)
            )
    return out


def _spans(named: Named, window: Window) -> list[tuple[float, float, float]]:
    """State, begin and end of times in which nothing changed."""
    spans: list[tuple[float, float, float]] = []
    for at, state in named.series.points:
        if at >= window.end:
            break
        if spans and spans[-1][0] == state and spans[-1][2] == at:
            spans[-1] = (state, spans[-1][1], at + window.step)
        else:
            spans.append((state, at, at + window.step))
    return spans
