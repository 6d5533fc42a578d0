"""What the comparison found: tables for people, one JSON document for programs."""

import os
import platform
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from rich.console import Console

from tests.performance.peers import rows
from tests.performance.peers.goals import GOALS, Goal, cpu, rate
from tests.performance.peers.run import Run
from tests.performance.tables import hundredths, markdown, spread, table, tenths, thousands, whole

GOAL_HEADS = ("goal", "wanted", "found", "")


class Column(NamedTuple):
    """A figure of the runs of a row."""

    head: str
    form: Callable[[float], str]
    value: Callable[[Run], float | None]
    """None: not measured."""


MAIN = (
    Column("events/s", thousands, rate),
    Column("CPU us/event", tenths, cpu),
    Column("peak MB", whole, lambda run: run.peak_mb),
    Column("others, cores", hundredths, lambda run: run.others),
)
MORE = (
    Column("warm events/s", thousands, lambda run: run.warm_rate),
    Column("warm CPU us/event", tenths, lambda run: run.warm_cpu),
    Column("broker us/event", tenths, lambda run: run.broker_cpu),
    Column("start s", tenths, lambda run: run.start or None),
)
HEADS = ("row", *(column.head for column in MAIN), "CPU in yardsticks", "rate in yardsticks", "check")
MORE_HEADS = ("row", *(column.head for column in MORE), "notes")


class Report:
    """All runs so far, of one comparison or read from a file."""

    def __init__(self, events: int, machine: dict[str, Any], runs: Sequence[Run] = (), left_out: Sequence[str] = ()) -> None:
        self.events, self.machine = events, machine
        self.runs, self.left_out = list(runs), list(left_out)

    @classmethod
    def read(cls, file: Path) -> "Report":
        """What was written."""
        document = orjson.loads(file.read_bytes())
        runs = [Run(**run) for run in document["runs"]]
        return cls(document["events"], document["machine"], runs, document["left_out"])

    def write(self, file: Path) -> None:
        """All runs, as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        runs = [asdict(run) for run in self.runs]
        document = {"events": self.events, "machine": self.machine, "left_out": self.left_out, "runs": runs}
        file.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))

    def lines(self) -> list[list[str]]:
        """The first table's: what counts."""
        return [self._line(row, runs) for row, runs in self._rows().items()]

    def more_lines(self) -> list[list[str]]:
        """The second table's: what explains."""
        return [[row, *_cells(MORE, runs), runs[-1].note if runs else ""] for row, runs in self._rows().items()]

    def _rows(self) -> dict[str, list[Run]]:
        """The runs that have figures by row, in the order of the rows' first runs."""
        names = dict.fromkeys(run.row for run in self.runs)
        return {name: [run for run in self.runs if run.row == name and not run.error] for name in names}

    def _line(self, row: str, runs: Sequence[Run]) -> list[str]:
        ratios = (Goal(row, figure, rows.YARDSTICK, 0.0, True, "").ratios(self.runs) for figure in (cpu, rate))
        return [row, *_cells(MAIN, runs), *(spread(ratio, hundredths) for ratio in ratios), self._verdict(row)]

    def _verdict(self, row: str) -> str:
        runs = [run for run in self.runs if run.row == row]
        wrong, failed = [run.wrong for run in runs if run.wrong], [run.error for run in runs if run.error]
        if wrong:
            return f"WRONG: {wrong[-1]}"
        return f"{len(failed)} of {len(runs)} FAILED: {failed[-1]}" if failed else "right"

    def goals(self) -> list[list[str]]:
        """Of those whose row had a turn."""
        return [goal.line(self.runs) for goal in GOALS if any(run.row == goal.row for run in self.runs)]

    def title(self) -> str:
        """What was measured on what."""
        rounds = len({run.round for run in self.runs})
        return f"{self.events:,} events, medians of {rounds} rounds (least to most); {machine_in_words(self.machine)}"

    def show(self, console: Console) -> None:
        """For people."""
        console.print(table(self.title(), HEADS, self.lines()))
        console.print(table("More of the same runs (warm: of the last two thirds)", MORE_HEADS, self.more_lines()))
        console.print(table("Goals", GOAL_HEADS, self.goals()))
        for left in self.left_out:
            console.print(f"Left out: {left}")

    def markdown(self) -> str:
        """For README.md."""
        tables = ((HEADS, self.lines()), (MORE_HEADS, self.more_lines()), (GOAL_HEADS, self.goals()))
        left = [f"Left out: {each}" for each in self.left_out]
        return "\n\n".join([self.title(), *left, *(markdown(heads, lines) for heads, lines in tables)])


def machine() -> dict[str, Any]:
    """What is measured on."""
    cpu_info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", cpu_info.read_text()) if cpu_info.exists() else None
    load = round(os.getloadavg()[0], 2)
    return {"cpu": found[1] if found else "", "cores": os.cpu_count(), "python": platform.python_version(), "load before": load}


def machine_in_words(found: dict[str, Any]) -> str:
    """In a line."""
    return f"{found['cores']} cores ({found['cpu']}), Python {found['python']}, load before {found['load before']}"


def _cells(columns: Sequence[Column], runs: Sequence[Run]) -> Iterator[str]:
    for column in columns:
        yield spread([found for run in runs if (found := column.value(run)) is not None], column.form)
