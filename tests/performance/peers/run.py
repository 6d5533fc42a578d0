"""One run of a row: what came out, measured between moments of its course."""

from dataclasses import dataclass, field
from typing import Any

from tests.performance.progress import Moments
from tests.performance.watch import Watch

BROKER, REDIS = "kafka", "redis"


@dataclass
class Run:
    """Figures of one row in one round. Rates are events/s, CPU is in microseconds an event."""

    row: str
    round: int
    events: int = 0
    rate: float = 0.0
    warm_rate: float = 0.0
    """Of the last two thirds."""
    cpu: float = 0.0
    """Of the row's processes, from the first event until all is durable, committed and out."""
    warm_cpu: float = 0.0
    broker_cpu: float | None = None
    """None: on a Kafka that was not started here."""
    peak_mb: float = 0.0
    """The most resident memory, of all the row's processes together."""
    start: float = 0.0
    """Seconds from the start of the process to its first event; of ours to the first batch that is durable."""
    others: float = 0.0
    """Cores that anything else used meanwhile."""
    processes: dict[str, float] = field(default_factory=dict)
    """CPU an event of each process, the servers' too."""
    check: dict[str, int] = field(default_factory=dict)
    wrong: str = ""
    """What is wrong with the outcome; empty: nothing."""
    error: str = ""
    """Why there are no figures; empty: there are."""
    note: str = ""


def measured(row: str, number: int, started: float, moments: Moments, watch: Watch) -> Run:
    """The figures of a run; all that `watch` watched but the servers are the row's processes."""
    whole, warm = watch.between(moments.first, moments.out), watch.between(moments.third, moments.out)
    events, late = moments.count - moments.first_count, moments.count - moments.third_count
    each = {name: seconds / events * 1e6 for name, seconds in whole.cpu.items()}
    own = [name for name in each if name not in (BROKER, REDIS)]
    return Run(
        row,
        number,
        events=moments.count,
        rate=events / (moments.done - moments.first),
        warm_rate=late / (moments.done - moments.third),
        cpu=sum(each[name] for name in own),
        warm_cpu=sum(warm.cpu[name] for name in own) / late * 1e6,
        broker_cpu=each.get(BROKER),
        peak_mb=sum(whole.peak_mb[name] for name in own),
        start=moments.first - started,
        others=whole.others,
        processes=each,
    )


def judged(run: Run, expected: dict[str, int], found: dict[str, Any]) -> Run:
    """The run with its check: each figure of `expected` has to be found."""
    run.check = {name: found[name] for name in expected}
    run.wrong = ", ".join(
        f"{name} {run.check[name]}, not {value}" for name, value in expected.items() if run.check[name] != value
    )
    return run
