"""`python -m tests.performance.growth`: what an event costs as customers become more, and as the policy's schemes do.

The partition object without Kafka, under the workload's policy. Every kind plays the same events; only those customers who come
often are in memory when they come, all others' rows are decoded anew.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from itertools import islice

import click

from service.collector import Collector
from service.partition import Partition
from tests.performance import workload
from tests.performance.bench_timing import yardstick
from tests.performance.history import BATCH, History, addressed, apply, events, review
from tests.performance.machine import machine
from tests.performance.tables import counted, markdown, spread, tenths
from tests.performance.workload import Sent

CUSTOMERS = (10_000, 100_000, 1_000_000, 3_000_000)
SCHEMES = (1, 2, 3, 5)
ROUND = 10_000
"""Events of a round; one round more comes first, as a warm-up."""
HEADS = ("us an event", "yardsticks", "bytes of a row", "longest batch of 1,000 events, ms")


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
@click.option("--customers", type=int, multiple=True, default=CUSTOMERS, show_default=True, help="Repeat it.")
@click.option("--schemes", type=int, multiple=True, default=SCHEMES, show_default=True, help="Repeat it.")
def main(rounds: int, customers: Sequence[int], schemes: Sequence[int]) -> None:
    """Measure; two Markdown tables go to stdout: CPU, medians with the least and the most of the rounds."""
    _say("making events")
    lived, following = events((rounds + 1) * ROUND)
    whole = [sent.value for sent in islice(workload.orders(), BATCH)]
    history, lines = History(workload.POLICY, lived), list[Sequence[str]]()
    for count in customers:
        _say(f"{count:,} customers")
        sent = list(addressed(following, count))
        lines.append([counted(count), *measured(history.crowded(count), sent, whole)])
    click.echo(f"{machine()}\n\n{markdown(['customers', *HEADS], lines)}\n")
    lines.clear()
    for count in schemes:
        _say(f"{count} schemes")
        lines.append([str(count), *measured(History(of_schemes(count), lived).partition, following, whole)])
    click.echo(markdown(["schemes", *HEADS], lines))


def of_schemes(count: int) -> str:
    """The workload's policy with its scheme so many times."""
    head, scheme = workload.POLICY.split("[[scheme]]")
    return head + "".join("[[scheme]]" + scheme.replace('"membership"', f'"membership-{number}"') for number in range(count))


def measured(partition: Partition, sent: Sequence[Sent], whole: Sequence[bytes]) -> Iterator[str]:
    """The cells of a line."""
    Collector().pass_over_all()  # as a worker does
    rounds = [sent[start : start + ROUND] for start in range(0, len(sent), ROUND)]
    play(partition, rounds[0])
    yards, micros, batches = [yardstick(list(whole))], list[float](), list[float]()
    for part in rounds[1:]:
        seconds = play(partition, part)
        micros.append(sum(seconds) / len(part) * 1e6)
        batches += seconds
        yards.append(yardstick(list(whole)))
    gc.unfreeze()
    around = [(before + after) / 2 for before, after in zip(yards, yards[1:], strict=False)]
    yield spread(micros, tenths)
    yield spread([cost / yard for cost, yard in zip(micros, around, strict=True)], tenths)
    rows = [len(row) for key, row in partition.stored.items() if key != partition.key]
    yield f"{sum(rows) / len(rows):.0f}"
    yield f"{max(batches) * 1e3:.0f}"


def play(partition: Partition, sent: Sequence[Sent]) -> list[float]:
    """Read events in batches; the CPU seconds of each. Reviews and profiles have figures of their own."""
    seconds = []
    for start in range(0, len(sent), BATCH):
        review(partition)
        partition.publish_profiles()
        began = time.process_time()
        apply(partition, sent[start : start + BATCH])
        seconds.append(time.process_time() - began)
    return seconds


def _say(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
