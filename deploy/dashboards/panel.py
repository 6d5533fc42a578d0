"""What a panel says, without Grafana: a question, its queries, and where the answer turns bad."""

from dataclasses import dataclass
from enum import StrEnum

from deploy.dashboards.bounds import Bound


class Kind(StrEnum):
    """How a panel is drawn."""

    NUMBER = "stat"
    LINES = "timeseries"
    AREAS = "timeseries, stacked"
    BARS = "bargauge"
    HEAT = "heatmap"
    STATES = "state-timeline"
    TABLE = "table"

    @property
    def looks_back(self) -> bool:
        """Whether it shows the whole of the chosen time, not only its end."""
        return self in (Kind.LINES, Kind.AREAS, Kind.HEAT, Kind.STATES)


@dataclass(frozen=True)
class Query:
    """PromQL, and the name of each series it gives: {{label}} stands for a label's value."""

    promql: str
    legend: str


@dataclass(frozen=True)
class Panel:
    """`unit` is one of Grafana's names of units, `width` in 24ths of the screen."""

    title: str
    unit: str
    meaning: str
    bad: str
    queries: tuple[Query, ...]
    kind: Kind = Kind.LINES
    width: int = 8
    bound: Bound | None = None
    least: float | None = None
    most: float | None = None
    decimals: int | None = None
    logarithmic: bool = False
    words: tuple[tuple[int, str, str], ...] = ()
    """For states: value, word, colour."""
    each: str | None = None
    """A variable: the panel is shown once for each of its values."""

    @property
    def description(self) -> str:
        """The text behind the panel's i."""
        alert = "".join(f" Alert: {name}." for name in self.bound.alerts) if self.bound else ""
        return f"{self.meaning}\n\n**Bad:** {self.bad}{alert}"


@dataclass(frozen=True)
class Row:
    """A headline and the panels under it, in lines of 24."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Board:
    """A dashboard. Its uid is in addresses that people keep: it never changes."""

    uid: str
    title: str
    purpose: str
    rows: tuple[Row, ...]
    since: str
    schemes: bool = False
    """Whether it asks for the tier schemes to show."""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, from the top."""
        return tuple(panel for row in self.rows for panel in row.panels)
