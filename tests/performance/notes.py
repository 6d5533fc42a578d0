"""`python -m tests.performance.notes`: what noting an order costs, and what notes cost whoever decodes a row.

Small orders are noted on the rows of customers with so many ledger days, four a day, as long as they can be. Decoded are the rows
of those who take as many as a row holds. CPU of one process; the kinds of work take turns in every round.
"""

from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

import click

from schemas.inbound import Amounts
from service.domain.policy import Policy
from service.rows import customer_row, noted_orders
from service.rows.front import MOST_NOTES as MOST
from tests.performance import workload
from tests.performance.bench_log import BATCH, BenchLog
from tests.performance.bench_timing import micros_each, yardstick
from tests.performance.machine import machine
from tests.performance.tables import hundredths, markdown, spread, tenths

NOTES = (0, 4, MOST)
HEADS = (
    *("notes a row takes, mean", "noted, us", "yardsticks", *(f"decoded with {count}, us" for count in NOTES)),
    *("bytes of a row", f"with {MOST} notes", "their orders entered"),
)
POLICIES = {"workload": workload.POLICY, "coffee": files("service").joinpath("policies/coffee.toml").read_text("utf-8")}
ORDERS = [Amounts(order_id=f"o-{number}", amount_minor=10, margin_minor=3, currency="CNY") for number in range(MOST)]


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--days", type=int, multiple=True, default=(10, 100, 600), show_default=True, help="Ledger days; repeat it.")
def main(rounds: int, days: Sequence[int]) -> None:
    """Measure; a Markdown table goes to stdout, medians with the least and the most of the rounds."""
    lines = []
    for name, text in POLICIES.items():
        for count in days:
            click.echo(f"{name}, {count} ledger days", err=True)
            log = BenchLog(text, count)
            policy = log.partition.policies.current
            customers = [Noted(each, log.partition.stored[each.encode()], policy) for each in log.customers]
            lines.append([f"{name}, {count}", *measured(customers, policy, rounds)])
    click.echo(f"{machine()}\n\n{markdown(['policy, ledger days', *HEADS], lines)}")


class Noted:
    """A customer's row with 0, 1, 2, ... notes."""

    def __init__(self, customer_id: str, row: bytes, policy: Policy) -> None:
        self.id, self.as_of, self.rows = customer_id, customer_row.decode(customer_id, row, policy).as_of, [row]
        self.note(policy)

    def note(self, policy: Policy) -> int:
        """Note orders on the row without any; how many."""
        found = self.rows[:1]
        for number, order in enumerate(ORDERS):
            day, offset = self.as_of + 1 + number // 4, (1 << 30) + number
            noted = noted_orders.note(found[-1], order, day, offset, number, policy)
            if noted is None:
                break
            found.append(noted[0])
        self.rows = found
        return len(found) - 1

    def entered(self, policy: Policy) -> bytes:
        """The row once it was decoded and encoded again."""
        return customer_row.encode(customer_row.decode(self.id, self.rows[-1], policy), policy)


class Round(NamedTuple):
    """CPU microseconds."""

    noted: float
    yardstick: float
    decoded: list[float]
    """With as many notes as NOTES says."""


def measured(customers: Sequence[Noted], policy: Policy, rounds: int) -> list[str]:
    """The cells of a line."""
    full = [each for each in customers if len(each.rows) > MOST]
    whole = [sent.value for sent in islice(workload.orders(), BATCH)]
    found = []
    for _ in range(rounds):
        noted = micros_each(lambda: sum(each.note(policy) for each in customers))
        decoded = [micros_each(partial(decode, full, count, policy)) for count in NOTES]
        found.append(Round(noted, yardstick(whole), decoded))
    mean = sum(len(each.rows) - 1 for each in customers) / len(customers)
    micros, ratios = [each.noted for each in found], [each.noted / each.yardstick for each in found]
    cells = [tenths(mean), spread(micros, tenths), spread(ratios, hundredths)]
    if not full:
        return [*cells, *["-"] * (len(HEADS) - len(cells))]
    cells += [spread([each.decoded[place] for each in found], tenths) for place in range(len(NOTES))]
    sizes = [[len(each.rows[0]), len(each.rows[MOST]), len(each.entered(policy))] for each in full]
    return [*cells, *[f"{sum(column) / len(full):.0f}" for column in zip(*sizes, strict=True)]]


def decode(customers: Sequence[Noted], count: int, policy: Policy) -> int:
    """Decode every row with so many notes; how many."""
    for each in customers:
        customer_row.decode(each.id, each.rows[count], policy)
    return len(customers)


if __name__ == "__main__":
    main()
