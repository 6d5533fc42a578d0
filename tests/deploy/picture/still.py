"""Panels that show only the end of the chosen time: figures, bars, tables."""

from collections.abc import Sequence

from tests.deploy.picture.asked import Window
from tests.deploy.picture.marks import DIM, NAMED, PALETTE, box, fitting, text
from tests.deploy.picture.placed import Named, Panel, Place, shown

_NAME, _FIGURE = 170, 60


def _colour(panel: Panel, figure: float) -> str:
    """What a figure's colour is by the panel's thresholds."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return NAMED[[step["color"] for step in steps if step["value"] is None or figure >= step["value"]][-1]]


def stat(panel: Panel, found: Sequence[Named], place: Place, _: Window) -> list[str]:
    """A figure, or some side by side."""
    out, wide = [], place.width / len(found)
    for number, named in enumerate(found):
        left, colour = place.x + wide * number, _colour(panel, named.last)
        if panel["options"]["colorMode"] == "background":
            out.append(box(left, place.y, wide, place.height, colour, opacity=0.85))
            colour = "#ffffff"
        middle = left + wide / 2
        said = shown(panel, named.last)
        out.append(text(middle, place.y + place.height / 2 + 10, said, size=26, fill=colour, anchor="middle", bold=True))
        if panel["options"]["textMode"] == "value_and_name":
            out.append(text(middle, place.bottom - 6, named.name, fill=DIM, anchor="middle"))
    return out


def bars(panel: Panel, found: Sequence[Named], place: Place, _: Window) -> list[str]:
    """A bar for each series."""
    most = max(named.last for named in found) or 1.0
    out, high, full = [], min(30.0, place.height / len(found)), place.width - _NAME - _FIGURE
    for number, named in enumerate(found):
        y, left, colour = place.y + high * number, place.x + _NAME, PALETTE[number % len(PALETTE)]
        out.append(text(left - 6, y + high / 2 + 4, fitting(named.name, _NAME - 8), anchor="end"))
        out.append(box(left, y + 2, full, high - 4, "#22252b"))
        out.append(box(left, y + 2, max(0.0, full * named.last / most), high - 4, colour, opacity=0.8))
        out.append(text(place.right, y + high / 2 + 4, shown(panel, named.last), fill=colour, anchor="end"))
    return out


def table(panel: Panel, found: Sequence[Named], place: Place, _: Window) -> list[str]:
    """A line for each series, a column for each label."""
    heads = [*sorted({label for named in found for label in named.series.labels}), "Value"]
    wide = place.width / len(heads)
    out = [text(place.x + wide * column + 4, place.y + 12, head, fill=NAMED["blue"]) for column, head in enumerate(heads)]
    for number, named in enumerate(found):
        cells = [*(named.series.labels.get(head, "") for head in heads[:-1]), shown(panel, named.last)]
        y = place.y + 34 + 22 * number
        out += [text(place.x + wide * column + 4, y, fitting(cell, wide - 6)) for column, cell in enumerate(cells)]
    return out
