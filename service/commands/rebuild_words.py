"""How `tiering rebuild` says it: progress, and the outcome for people and for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from service.rebuild.differences import Change
from service.rebuild.rebuild import Outcome


class _Rate(TextColumn):
    """So many a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Nothing before there is a rate."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())


class Shown:
    """Two bars a partition."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}

    def reads(self, partition: int, offset: int, end: int) -> None:
        """Records read."""
        self._show(f"partition {partition}: records", offset, end)

    def compares(self, partition: int, customers: int, of: int) -> None:
        """Customers compared."""
        self._show(f"partition {partition}: customers", customers, of)

    def _show(self, what: str, done: int, of: int) -> None:
        if what not in self.tasks:
            self.tasks[what] = self.progress.add_task(what, total=of)
        self.progress.update(self.tasks[what], completed=done, total=of)


def counts(outcome: Outcome) -> dict[str, Any]:
    """Of one partition, for programs and for the log."""
    return {
        "partition": outcome.partition,
        "next": outcome.next,
        "customers": outcome.customers,
        "quarantined": outcome.quarantined,
        "missing_records": outcome.missing,
        "refused_records": outcome.refused,
        "customers_announced": outcome.differences.customers,
        "profiles": outcome.differences.profiles,
        "erased": outcome.differences.erased,
    }


def summary(outcomes: Sequence[Outcome], *, dry_run: bool) -> dict[str, Any]:
    """For programs."""
    return {
        "dry_run": dry_run,
        "partitions": [counts(outcome) for outcome in outcomes],
        "announced": [
            {"type": change.type, "scheme": change.scheme, "from": change.before, "to": change.now, "count": count}
            for change, count in _changes(outcomes)
        ],
    }


def lines(outcomes: Sequence[Outcome], *, dry_run: bool) -> Iterator[str]:
    """For people: a line or more a partition, then a line for each kind of announcement."""
    did = "would be" if dry_run else "were"
    for outcome in outcomes:
        differences, name = outcome.differences, f"partition {outcome.partition}"
        yield (
            f"{name}: {outcome.customers:,} customers from the log up to offset {outcome.next:,}; {differences.customers:,} {did}"
            f" told a difference, {differences.profiles:,} profiles {did} renewed, {differences.erased:,} erased"
        )
        if outcome.quarantined:
            yield f"{name}: {outcome.quarantined:,} customers are in quarantine (`tiering customers show ID`)"
        if outcome.refused:
            yield f"{name}: {outcome.refused:,} records were refused; those read before are dead letters since then"
        if outcome.missing:
            yield f"{name}: {outcome.missing:,} records are missing in the log, and were passed over"
    changes = _changes(outcomes)
    if not changes:
        yield f"nothing {'would be' if dry_run else 'was'} announced"
    for change, count in changes:
        scheme = f" {change.scheme}" if change.scheme else ""
        to = "" if change.type == "tier.expiring.v1" else f" -> {change.now or 'none'}"
        yield f"{count:>9,}  {change.type}{scheme}: {change.before or 'none'}{to}"


def _changes(outcomes: Sequence[Outcome]) -> list[tuple[Change, int]]:
    """Over all partitions: by type and scheme, the most frequent first."""
    total: Counter[Change] = Counter()
    for outcome in outcomes:
        total.update(outcome.differences.changes)
    return sorted(total.items(), key=lambda each: (each[0].type, each[0].scheme or "", -each[1], str(each[0])))
