"""The demo's picture of itself: a live terminal screen, or plain lines where there is no terminal."""

from collections import Counter
from io import StringIO
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from service.demo.board import NEWEST, Board
from service.domain.policy import Policy
from service.domain.segments import SEGMENTS

WIDTH, HEIGHT = 110, 36
"""The most that is used, and the size of a saved picture."""

_FIXED_LINES = 22
_BAR = 20


def picture(board: Board, policy: Policy, width: int = WIDTH, height: int = HEIGHT) -> RenderableType:
    """The whole screen, for a terminal of a size."""
    width = min(width, WIDTH)
    changes = max(2, min(NEWEST, height - _FIXED_LINES - len(board.checks)))
    checks = [Text(f"✓ {check}", style="green", overflow="ellipsis", no_wrap=True) for check in board.checks]
    return Group(_flow(board, width), _customers(board, policy, width), _changes(board, width, changes), *checks)


def line(board: Board) -> str:
    """The same in one plain line."""
    return (
        f"{board.step}: sent {board.sent:,} of {board.total:,}, {board.rate:,.0f} events/s, lag {_lag(board.intake_lag)} before"
        f" intake and {_lag(board.customers_lag)} before customers, {board.customers} customers, {board.announced:,} tier changes"
    )


def save_svg(board: Board, policy: Policy, file: Path) -> None:
    """The screen as a picture for a page."""
    console = Console(record=True, width=WIDTH, force_terminal=True, color_system="truecolor", file=StringIO())
    console.print(picture(board, policy))
    console.save_svg(str(file), title="tiering demo")


def _flow(board: Board, width: int) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=board.total, completed=board.sent, width=max(10, min(40, width - 55)))
    grid.add_row(Text("sent", style="dim"), bar, Text(f"{board.sent:,} of {board.total:,} events", no_wrap=True))
    lags = f"lag {_lag(board.intake_lag)} before intake, {_lag(board.customers_lag)} before customers"
    grid.add_row(Text("folded", style="dim"), Text(f"{board.rate:,.0f} events/s", style="bold"), Text(lags, no_wrap=True))
    return Panel(grid, title=f"Complete Journey: {board.step}", title_align="left", width=width)


def _customers(board: Board, policy: Policy, width: int) -> RenderableType:
    ladders = Group(
        *(
            _bars(scheme.name, [tier.name for tier in reversed(scheme.tiers)], board.tiers.get(scheme.name, Counter()), "cyan")
            for scheme in policy.schemes
        )
    )
    columns = Table.grid(padding=(0, 4))
    columns.add_row(ladders, _bars("segment", list(SEGMENTS), board.segments, "magenta"))
    return Panel(columns, title=f"{board.customers} customers", title_align="left", width=width)


def _bars(title: str, names: list[str], counts: Counter[str], colour: str) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="bold")
    table.add_column(title, no_wrap=True)
    table.add_column("", justify="right")
    table.add_column("", no_wrap=True)
    most = max(counts.values(), default=0) or 1
    for name in names:
        count = counts.get(name, 0)
        table.add_row(name, str(count), Text("█" * round(_BAR * count / most), style=colour))
    return table


def _changes(board: Board, width: int, count: int) -> RenderableType:
    newest = list(board.changes)[-count:][::-1]
    lines = [
        Text(f"{'↑' if up else '↓'} {change}", style="green" if up else "yellow", overflow="ellipsis", no_wrap=True)
        for change, up in newest
    ]
    lines += [Text("")] * (count - len(lines))
    return Panel(Group(*lines), title=f"latest of {board.announced:,} tier changes", title_align="left", width=width)


def _lag(lag: int | None) -> str:
    return "?" if lag is None else f"{lag:,}"
