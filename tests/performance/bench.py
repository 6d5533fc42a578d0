"""`make bench`: what an event costs the partition object, in yardsticks of the same run; README.md says how to read it."""

import cProfile
import pstats
import sys
from pathlib import Path

import click
import orjson
from rich.console import Console

import service
from service.domain.policy_file import PolicyError, parse_policy
from tests.performance import bench_due, bench_million, bench_rows
from tests.performance.bench_log import BenchLog
from tests.performance.bench_report import Report
from tests.performance.bench_rounds import Rounds

POLICIES = Path(service.__file__).parent / "policies"
LEDGER_DAYS = (10, 100, 200, 600)
PROFILED_DAYS, PROFILED_LINES = 200, 30
A_MILLION = 1_000_000

progress = Console(stderr=True)


@click.command()
@click.option("--policy", type=click.Path(path_type=Path, exists=True), default=POLICIES / "coffee.toml", help="The policy file.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Rounds; medians are shown.")
@click.option("--json", "to", type=click.Path(path_type=Path), help="Write the findings to this file, as JSON.")
@click.option("--profile", is_flag=True, help="Only a profile of in-order orders, customers in memory.")
@click.option("--million", is_flag=True, help="Only the replay of very many generated events.")
@click.option("--due", is_flag=True, help="Only the beginning of a day on which one customer in a hundred is due.")
@click.option("--events", type=click.IntRange(4), default=A_MILLION, show_default=True, help="Events of that replay.")
@click.option("--customers", type=click.IntRange(1), default=bench_million.CUSTOMERS, show_default=True, help="Their customers.")
def main(
    policy: Path, rounds: int, to: Path | None, profile: bool, million: bool, due: bool, events: int, customers: int
) -> None:
    """Measure the partition object: nothing is asserted, what is over a limit is marked."""
    text = policy.read_text(encoding="utf-8")
    try:
        report = Report(parse_policy(text).label)
    except PolicyError as error:
        raise click.BadParameter(f"{policy}: {error}") from error
    if profile:
        show_profile(text)
        return
    if due:
        found = []
        for day in bench_due.days(text):
            found.append(day)
            progress.print(f"{day.customers:,} customers done")
        click.echo("\n".join(bench_due.lines(found)))
        return
    if million:
        for quarter in bench_million.replay(text, events, customers):
            report.quarters.append(quarter)
            progress.print(f"{quarter.events:,} of {events:,} events")
    else:
        measure_costs(report, text, rounds)
        measure_rows(report, text)
    report.show(Console())
    if to is not None:
        to.write_bytes(orjson.dumps(report.document(), option=orjson.OPT_INDENT_2))


def measure_costs(report: Report, text: str, rounds: int) -> None:
    """All kinds of customers take turns, so that a slow minute of the machine hits none alone."""
    kinds = []
    for days in LEDGER_DAYS:
        progress.print(f"making customers with {days} ledger days")
        kinds.append(Rounds(BenchLog(text, days)))
    for number in range(1, rounds + 1):
        progress.print(f"round {number} of {rounds}")
        for kind in kinds:
            kind.round()
    report.costs = [kind.costs[work] for work in kinds[0].costs for kind in kinds]


def measure_rows(report: Report, text: str) -> None:
    """The sizes of rows, under this policy and that of the demo."""
    progress.print("measuring rows")
    grocery = (POLICIES / "grocery.toml").read_text(encoding="utf-8")
    report.sizes = [bench_rows.journey_sizes(each) for each in dict.fromkeys((text, grocery))]
    report.sizes += [bench_rows.regular_sizes(text, interactions) for interactions in (0, 3)]


def show_profile(text: str) -> None:
    """Where the time of an in-order order goes."""
    rounds = Rounds(BenchLog(text, PROFILED_DAYS))
    profiler = cProfile.Profile()
    for _ in range(5):
        rounds.profiled(profiler)
    pstats.Stats(profiler, stream=sys.stdout).strip_dirs().sort_stats("tottime").print_stats(PROFILED_LINES)


if __name__ == "__main__":
    main()
