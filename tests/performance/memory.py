"""`python -m tests.performance.memory`: what a customer of Complete Journey's kind takes of a partition's memory.

Each size in a process of its own: its resident memory grows by the rows with their keys, then by what the partition keeps beside
them. What a whole worker takes is in `recovery`'s table.
"""

import multiprocessing
import os
from collections.abc import Sequence
from typing import NamedTuple

import click

from service.partition import Partition
from tests.performance.crowd import Crowd
from tests.performance.machine import machine
from tests.performance.tables import counted, markdown
from tests.performance.watch import resident_megabytes

SIZES = (100_000, 1_000_000)
GOAL = 1_024
HEADS = ("customers", "bytes of the row itself", "rows and keys", "index of due days and the rest", "together", f"goal {GOAL:,}")


class Taken(NamedTuple):
    """Bytes a customer."""

    customers: int
    row: float
    stored: float
    beside: float

    def cells(self) -> Sequence[str]:
        """A line of the table."""
        together = self.stored + self.beside
        figures = (self.row, self.stored, self.beside, together)
        return [counted(self.customers), *(f"{each:,.0f}" for each in figures), "reached" if together <= GOAL else "missed"]


@click.command()
@click.option("--size", "sizes", type=int, multiple=True, default=SIZES, show_default=True, help="Customers; repeat it.")
def main(sizes: Sequence[int]) -> None:
    """Measure partitions of several sizes; a Markdown table of bytes a customer goes to stdout."""
    rows = []
    for size in sizes:
        click.echo(f"{size:,} customers", err=True)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows.append(pool.apply(take, (size,)).cells())
    click.echo(f"{machine()}\n\n{markdown(HEADS, rows)}")


def take(customers: int) -> Taken:
    """In this process: a partition of so many customers."""
    crowd = Crowd()
    begin = resident_megabytes(os.getpid())
    stored = crowd.stored(customers)
    filled = resident_megabytes(os.getpid())
    partition = Partition(0, stored)
    taken = resident_megabytes(os.getpid())
    bytes_each = [(after - before) * 1e6 / partition.customers for before, after in ((begin, filled), (filled, taken))]
    return Taken(partition.customers, crowd.row_bytes, *bytes_each)


if __name__ == "__main__":
    main()
