"""How many customers of a partition have which names."""

from collections import Counter

from service.domain.names import Names
from service.domain.policy import Policy


class Tally:
    """Of one walk through a partition's rows. Customers of whom nothing was announced yet have no name."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[int, tuple[str | None, ...], str | None, str | None]] = Counter()
        self._schemes: dict[int, list[str]] = {}
        """By version of the policy; names come in the order of its schemes."""

    def add(self, said: Names, policy: Policy) -> None:
        """One more customer, under this policy."""
        if policy.version not in self._schemes:
            self._schemes[policy.version] = [scheme.name for scheme in policy.schemes]
        self._seen[policy.version, said.tiers, said.stage, said.level] += 1

    def tiers(self) -> Counter[tuple[str, str]]:
        """Customers by scheme and tier."""
        found: Counter[tuple[str, str]] = Counter()
        for (version, tiers, _, _), count in self._seen.items():
            for scheme, tier in zip(self._schemes[version], tiers, strict=True):
                if tier is not None:
                    found[scheme, tier] += count
        return found

    def stages(self) -> Counter[str | None]:
        """Customers by lifecycle stage."""
        found: Counter[str | None] = Counter()
        for (_, _, stage, _), count in self._seen.items():
            found[stage] += count
        return found

    def levels(self) -> Counter[str | None]:
        """Customers by churn risk."""
        found: Counter[str | None] = Counter()
        for (_, _, _, level), count in self._seen.items():
            found[level] += count
        return found
