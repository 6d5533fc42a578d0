"""What every drawing gets: a place on the page, series with their names, the panel's settings."""

from typing import Any, NamedTuple

from tests.deploy.picture.asked import Series
from tests.deploy.picture.figures import written

Panel = dict[str, Any]
"""A panel as the dashboard's JSON has it."""


class Place(NamedTuple):
    """Where to draw, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height


class Named(NamedTuple):
    """A series with the name that its legend gives it."""

    name: str
    series: Series

    @property
    def last(self) -> float:
        """Its latest figure."""
        return self.series.points[-1][1]


def shown(panel: Panel, figure: float) -> str:
    """A figure as the panel writes it."""
    defaults = panel["fieldConfig"]["defaults"]
    return written(figure, defaults["unit"], defaults.get("decimals"))
