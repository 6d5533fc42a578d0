"""`make chaos`: run cells, print what each showed. Exit code 1 when anything was wrong."""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import click

from tests.chaos.cells import cells
from tests.chaos.report import heading, line, told
from tests.chaos.run import run


@click.command(help="Run all cells, or the named ones, each with its seed or the one given last.")
@click.argument("names", nargs=-1)
@click.option("--keep", type=click.Path(path_type=Path), help="Keep the workers' logs here.")
def main(names: tuple[str, ...], keep: Path | None) -> None:
    """A table on stdout, the story on stderr."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Kafka is away now and then, and that is meant
    known = cells()
    seed = int(names[-1]) if names and names[-1].isdigit() else 1
    chosen = [name for name in names if not name.isdigit()] or list(known)
    if unknown := set(chosen) - set(known):
        raise click.BadParameter(f"{', '.join(sorted(unknown))}: no such cell; there are {', '.join(known)}")
    failed = False
    click.echo(heading())
    for name in chosen:
        with tempfile.TemporaryDirectory(prefix="chaos-") as temporary:
            directory = keep / f"{name}-{seed}" if keep else Path(temporary)
            directory.mkdir(parents=True, exist_ok=True)
            result = asyncio.run(run(known[name], seed, directory))
        click.echo(line(result))
        click.echo(told(result), err=True)
        failed = failed or bool(result.verdict.wrong)
    sys.exit(failed)


if __name__ == "__main__":
    main()
