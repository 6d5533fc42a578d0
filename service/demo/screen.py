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

WIDTH = 110
_BAR = 22


def picture(board: Board, policy: Policy) -> RenderableType:
    """The whole screen."""
    return Group(_flow(board), _customers(board, policy), _changes(board), *(Text(f"  ✓ {check}") for check in board.checks))


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


def _flow(board: Board) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=board.total, completed=board.sent, width=40)
    grid.add_row(Text("sent", style="dim"), bar, Text(f"{board.sent:,} of {board.total:,} events"))
    lags = f"{_lag(board.intake_lag)} before intake, {_lag(board.customers_lag)} before customers"
    grid.add_row(Text("folded", style="dim"), Text(f"{board.rate:,.0f} events/s", style="bold"), Text(f"lag {lags}"))
    return Panel(grid, title=f"Complete Journey: {board.step}", title_align="left", width=WIDTH)


def _customers(board: Board, policy: Policy) -> RenderableType:
    columns = Table.grid(padding=(0, 3))
    columns.add_row(
        *(
            _bars(scheme.name, [tier.name for tier in reversed(scheme.tiers)], board.tiers.get(scheme.name, Counter()), "cyan")
            for scheme in policy.schemes
        ),
        _bars("segment", list(SEGMENTS), board.segments, "magenta"),
    )
    return Panel(columns, title=f"{board.customers} customers", title_align="left", width=WIDTH)


def _bars(title: str, names: list[str], counts: Counter[str], colour: str) -> Table:
    table = Table(box=None, padding=(0, 1), show_header=True, header_style="bold")
    table.add_column(title)
    table.add_column("", justify="right")
    table.add_column("")
    most = max(counts.values(), default=0) or 1
    for name in names:
        count = counts.get(name, 0)
        width = round(_BAR * 0.6 * count / most)
        table.add_row(name, str(count), Text("█" * width, style=colour))
    return table


def _changes(board: Board) -> RenderableType:
    lines = [Text(change, overflow="ellipsis", no_wrap=True) for change in reversed(board.changes)]
    lines += [Text("")] * (NEWEST - len(lines))
    return Panel(Group(*lines), title=f"latest of {board.announced:,} tier changes", title_align="left", width=WIDTH)


def _lag(lag: int | None) -> str:
    return "?" if lag is None else f"{lag:,}"
