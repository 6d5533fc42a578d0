"""The two axes of a panel over time: where a moment and a figure lie, and what is written beside."""

import math
from datetime import UTC, datetime
from typing import Any

from tests.deploy.picture.asked import Window
from tests.deploy.picture.figures import written
from tests.deploy.picture.marks import DIM, EDGE, line, text
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
        """Four parts, written below y."""
        moments = [self.window.begin + self.window.seconds * part / 4 for part in range(5)]
        return [
            text(self.x(at), y + 14, f"{datetime.fromtimestamp(at, UTC):%H:%M}", size=10, fill=DIM, anchor="middle")
            for at in moments
        ]


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
            self.ticks = [self.least + tick for tick in _round(highest - self.least)]

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


def _round(highest: float) -> list[float]:
    """Round figures from 0 to beyond the highest."""
    if highest <= 0 or math.isnan(highest):
        return [0.0, 1.0]
    raw = highest / 4
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * by for by in (1, 2, 2.5, 5, 10) if power * by >= raw)
    return [step * number for number in range(math.ceil(highest / step - 1e-9) + 1)]
