"""The two axes of a panel over time: where a moment and a figure lie, and what is written beside."""

import math
from datetime import UTC, datetime
from typing import Any

from tests.deploy.picture.asked import Window
from tests.deploy.picture.figures import written
from tests.deploy.picture.marks import DIM, EDGE, NAMED, box, line, text
from tests.deploy.picture.placed import Place

LEFT = 58
"""Pixels for what is written beside the axis of figures."""


class Times:
    """The axis of time, from `left` pixels right of the place's edge on."""

    def __init__(self, place: Place, window: Window, left: float = LEFT) -> None:
        self.window, self.left, self.width = window, place.x + left, place.width - left - 6

    def x(self, at: float) -> float:
        """Where a moment lies."""
        return self.left + self.width * (at - self.window.begin) / self.window.seconds

    def drawn(self, y: float) -> list[str]:
        """Four parts, written below y; and the window's marks, at y."""
        moments = [self.window.begin + self.window.seconds * part / 4 for part in range(5)]
        said = [f"{datetime.fromtimestamp(at, UTC):%H:%M}" for at in moments]
        out = [text(self.x(at), y + 14, word, size=10, fill=DIM, anchor="middle") for at, word in zip(moments, said, strict=True)]
        return out + [box(self.x(at) - 2, y, 5, 4, NAMED[colour]) for at, colour in self.window.marks]


class Figures:
    """The axis of figures between two heights; by its panel's settings from a least figure on, or bent (logarithmic)."""

    def __init__(self, defaults: dict[str, Any], figures: list[float], top: float, bottom: float) -> None:
        self.top, self.bottom, self.unit = top, bottom, defaults["unit"]
        self.bent = defaults["custom"].get("scaleDistribution", {}).get("type") == "symlog"
        self.least = min([0.0, *figures]) if defaults.get("min") is None else defaults["min"]
        highest = min(max([*figures, self.least]), defaults.get("max") or math.inf)
        if self.bent:
            self.ticks = [0.0, *(10.0**power for power in range(max(2, math.ceil(math.log10(max(highest, 1)))) + 1))]
        else:
            size = 2**20 if self.unit == "bytes" else 1
            self.ticks = [self.least + tick * size for tick in _round((highest - self.least) / size, _steps(self.unit))]

    def y(self, figure: float) -> float:
        """Where a figure lies."""
        high, whole = min(figure, self.ticks[-1]) - self.least, self.ticks[-1] - self.least
        part = math.asinh(high) / math.asinh(whole) if self.bent else high / whole
        return self.bottom - (self.bottom - self.top) * part

    def drawn(self, times: Times) -> list[str]:
        """Lines across, and their figures."""
        out = []
        for tick in self.ticks:
            out.append(line([(times.left, self.y(tick)), (times.left + times.width, self.y(tick))], EDGE))
            out.append(text(times.left - 6, self.y(tick) + 4, written(tick, self.unit), size=10, fill=DIM, anchor="end"))
        return out


def _steps(unit: str) -> list[float]:
    """Distances between round figures; of seconds above a minute, those of a clock."""
    tens = [power * by for power in (10.0**each for each in range(-4, 13)) for by in (1, 2, 2.5, 5)]
    return [step for step in tens if step < 15] + [15.0 * 2**each for each in range(30)] if unit == "s" else tens


def _round(highest: float, steps: list[float]) -> list[float]:
    """Round figures from 0 to beyond the highest."""
    if highest <= 0 or math.isnan(highest):
        return [0.0, 1.0]
    step = next(step for step in steps if step >= highest / 4)
    return [step * number for number in range(math.ceil(highest / step - 1e-9) + 1)]
