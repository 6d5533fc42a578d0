"""What is shown of the customers' partitions: rows, reviews, quarantine, the policy in force."""

from collections import Counter
from collections.abc import Mapping

from service import metrics
from service.partition import Partition
from service.telemetry.change_counts import expect_changes
from service.telemetry.sweep import Sweep


class PartitionGauges:
    """One a process; `look` is called about once a second."""

    def __init__(self, partitions: Mapping[int, Partition]) -> None:
        self._partitions = partitions
        self._sweep = Sweep()
        self._policies: set[str] = set()

    def look(self) -> None:
        """Show their present state."""
        held = self._partitions.values()
        metrics.ROWS.set(sum(partition.customers for partition in held))
        metrics.QUARANTINED.set(sum(partition.quarantined for partition in held))
        metrics.REVIEWS_DUE.set(sum(partition.due for partition in held))
        metrics.REVIEWS_OVERDUE.set(sum(partition.overdue for partition in held))
        metrics.PROFILES_DUE.set(sum(partition.pending_profiles for partition in held))
        metrics.SWEEP_PROGRESS.set(self._sweep.progress(self._partitions))
        current = [partition.policies.current for partition in held if partition.policies]
        for policy in {policy.label: policy for policy in current if policy.label not in self._policies}.values():
            expect_changes(policy)
        self._show(Counter(policy.label for policy in current))

    def _show(self, policies: Mapping[str, int]) -> None:
        for label in self._policies - policies.keys():
            metrics.POLICY.remove(label)
        for label, count in policies.items():
            metrics.POLICY.labels(label).set(count)
        self._policies = set(policies)
