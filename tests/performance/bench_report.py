"""What the benchmark found: tables for people, one JSON document for programs."""

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.performance.bench_million import Quarter
from tests.performance.bench_rows import Sizes
from tests.performance.bench_timing import YARDSTICK, Cost


@dataclass
class Report:
    """All findings of one run."""

    policy: str
    costs: list[Cost] = field(default_factory=list)
    sizes: list[Sizes] = field(default_factory=list)
    quarters: list[Quarter] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """The findings as JSON: microseconds of CPU, yardsticks, bytes."""
        return {
            "machine": {"cpus": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()},
            "policy": self.policy,
            "yardstick": YARDSTICK,
            "costs": [{**asdict(cost), "ratio": cost.ratio, "median_micros": median(cost.micros)} for cost in self.costs],
            "rows": [{**asdict(size), "fits": size.fits} for size in self.sizes],
            "replay": [{**asdict(quarter), "rate": quarter.rate} for quarter in self.quarters],
        }

    def show(self, console: Console) -> None:
        """The findings as tables; a part that was not measured has none."""
        console.print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {self.policy}")
        if self.costs:
            yards = [yard for cost in self.costs for yard in cost.yardsticks]
            console.print(f"yardstick: {YARDSTICK}, {median(yards):.2f} us ({min(yards):.2f} to {max(yards):.2f})")
            console.print(self._costs())
        if self.sizes:
            console.print(self._sizes())
        if self.quarters:
            console.print(self._quarters())

    def _costs(self) -> Table:
        heads = ("work", "ledger days", "us", "min", "max", "yardsticks", "min", "max", "limit")
        table = _table("What it costs (CPU, medians of the rounds)", heads)
        for cost in self.costs:
            micros = (f"{value:,.1f}" for value in (median(cost.micros), min(cost.micros), max(cost.micros)))
            ratios = (f"{value:,.1f}" for value in (cost.ratio, min(cost.ratios), max(cost.ratios)))
            limit = "" if cost.limit is None else _judged(f"{cost.limit:.0f}", within=cost.ratio <= cost.limit)
            table.add_row(cost.work, str(cost.ledger_days), *micros, *ratios, limit)
        return table

    def _sizes(self) -> Table:
        table = _table("Rows, in bytes", ("whose", "customers", "median", "largest", "limit of the median"))
        for size in self.sizes:
            limit = "" if size.limit is None else _judged(f"{size.limit:,}", within=size.fits)
            table.add_row(size.whose, f"{size.customers:,}", f"{size.median:,.0f}", f"{size.largest:,}", limit)
        return table

    def _quarters(self) -> Table:
        table = _table("Replay", ("events", "events/s", "peak memory MB", "rows MB", "customers"))
        for each in self.quarters:
            megabytes = (f"{each.peak_bytes / 1e6:,.0f}", f"{each.row_bytes / 1e6:,.1f}")
            table.add_row(f"{each.events:,}", f"{each.rate:,.0f}", *megabytes, f"{each.customers:,}")
        return table


def _judged(limit: str, *, within: bool) -> str:
    return f"{limit} PASS" if within else f"{limit} [bold]over[/bold]"


def _table(title: str, heads: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head, justify="left" if head in ("work", "whose") else "right")
    return table
