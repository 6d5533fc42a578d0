"""`make chaos`: run cells, print what each showed. Exit code 1 when anything was wrong."""

import asyncio
import logging
import shutil
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos import faketime, mounts
from tests.chaos.cells import Cell, cells
from tests.chaos.report import heading, line, told
from tests.chaos.run import run


@click.command(help="Run all cells, or those named, with a seed (default 1): a table on stdout, the story on stderr.")
@click.argument("words", metavar="[CELL]... [SEED]", nargs=-1)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the workers' logs in a directory.")
@click.option("--inside", is_flag=True, hidden=True, help="In a namespace of its own already.")
def main(words: tuple[str, ...], keep: Path | None, inside: bool) -> None:
    """One after the other, each on servers of its own."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Kafka is away now and then, and that is meant
    chosen, seed = _chosen(words)
    if not inside:
        click.echo(heading())
    failed = [cell.name for cell in chosen if not _fine(cell, seed, keep, inside=inside)]
    sys.exit(bool(failed))


def _chosen(words: tuple[str, ...]) -> tuple[list[Cell], int]:
    known = cells()
    names = [word for word in words if not word.isdigit()]
    seeds = [int(word) for word in words if word.isdigit()] or [1]
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"{', '.join(unknown)}: no such cell; there are {', '.join(known)}")
    return [known[name] for name in names or known], seeds[-1]


def _fine(cell: Cell, seed: int, keep: Path | None, *, inside: bool) -> bool:
    if reason := _missing(cell):
        click.echo(f"| {cell.name} | {seed} | not run: {reason} |")
        return True
    if cell.needs == "mounts" and not inside:
        kept = ["--keep", str(keep)] if keep else []
        return mounts.run_inside([cell.name, str(seed), "--inside", *kept]) == 0
    with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
        directory = keep / f"{cell.name}-{seed}" if keep else Path(temporary)
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        result = asyncio.run(run(cell, seed, directory))
    click.echo(line(result))
    click.echo(told(result), err=True)
    return not result.verdict.wrong


def _missing(cell: Cell) -> str:
    if cell.needs == "faketime" and faketime.library() is None:
        return "libfaketime is not installed and can't be fetched (Debian's package libfaketime)"
    if cell.needs == "mounts":
        return mounts.missing()
    return ""


if __name__ == "__main__":
    main()
