"""The census: how many customers have which tier, stage and churn risk, by walks through all rows in idle time.

A walk goes through one partition in bites, and counts when it is complete; what is shown is the sum of all partitions' latest.
One bite in PAUSE_SECONDS is one hundredth of a processor; while records wait here ten times fewer are taken.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from service import metrics
from service.bite import Bite
from service.domain.churn import LEVELS
from service.domain.lifecycle import STAGES
from service.partition import Partition
from service.telemetry.tally import Tally

BITE_SECONDS, PAUSE_SECONDS = 0.002, 0.2
BUSY_PAUSES = 10
AT_ONCE = 25
"""Rows between two looks at the clock."""
REST_SECONDS = 10.0
"""From a partition's walk to its next, at least."""
_NONE = "none"


class Census:
    """Of the partitions of one process. `busy` says whether records wait."""

    def __init__(self, partitions: Mapping[int, Partition], busy: Callable[[], bool]) -> None:
        self._partitions, self._busy = partitions, busy
        self._walks = self._walk()
        self._latest: dict[int, tuple[float, Tally]] = {}
        """By partition: when its walk ended (seconds since 1970), and what it found."""

    async def run(self) -> None:
        """Take bite after bite, until cancelled."""
        stood_back = 0
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            stood_back = stood_back + 1 if self._busy() and stood_back < BUSY_PAUSES else 0
            if not stood_back:
                self.bite()

    def bite(self) -> None:
        """Go on walking for BITE_SECONDS."""
        bite = Bite(BITE_SECONDS)
        for walked in self._walks:
            if not walked or bite.is_over():
                break

    def _walk(self) -> Iterator[bool]:
        """Through one partition after the other, for ever, piece by piece; False: there is nothing to do for now."""
        while True:
            if self._latest.keys() - self._partitions.keys():  # not shown by two processes at once
                self._latest = {number: latest for number, latest in self._latest.items() if number in self._partitions}
                self._show()
            if (number := self._next()) is None:
                yield False
            else:
                yield from self._through(number)

    def _next(self) -> int | None:
        """The partition whose latest walk is the longest ago; None: all were walked through just now, or there is none."""
        ended = {number: self._latest[number][0] if number in self._latest else 0.0 for number in self._partitions}
        number = min(ended, key=lambda each: ended[each], default=None)
        return None if number is None or time.time() - ended[number] < REST_SECONDS else number

    def _through(self, number: int) -> Iterator[bool]:
        tally, keys = Tally(), iter(list(self._partitions[number].stored))
        while piece := list(islice(keys, AT_ONCE)):
            if (partition := self._partitions.get(number)) is None:
                return
            for key in piece:
                if (said := partition.said(key)) is not None:
                    tally.add(*said)
            yield True
        self._latest[number] = time.time(), tally
        if self._latest.keys() >= self._partitions.keys():
            self._show()

    def _show(self) -> None:
        """Change all gauges at once."""
        tallies = [tally for _, tally in self._latest.values()]
        policies = [partition.policies.current for partition in self._partitions.values() if partition.policies]
        tiers = Counter(
            {(scheme.name, tier.name): 0 for policy in policies for scheme in policy.schemes for tier in scheme.tiers}
        )
        stages = _none_of(STAGES, any(policy.lifecycle for policy in policies))
        levels = _none_of((*LEVELS, None), any(policy.churn for policy in policies))
        for tally in tallies:
            tiers.update(tally.tiers())
            stages.update(tally.stages() if stages else {})
            levels.update(tally.levels() if levels else {})
        for gauge in (metrics.CUSTOMERS, metrics.CUSTOMERS_BY_STAGE, metrics.CUSTOMERS_BY_RISK):
            gauge.clear()
        for (scheme, name), count in tiers.items():
            metrics.CUSTOMERS.labels(scheme, name).set(count)
        for stage, count in stages.items():
            metrics.CUSTOMERS_BY_STAGE.labels(stage or _NONE).set(count)
        for level, count in levels.items():
            metrics.CUSTOMERS_BY_RISK.labels(level or _NONE).set(count)
        metrics.CENSUS_TIMESTAMP.set(min((ended for ended, _ in self._latest.values()), default=float("nan")))


def _none_of(names: Iterable[str | None], known: bool) -> Counter[str | None]:
    """Zero of each name; nothing where the policy has no such names."""
    return Counter(dict.fromkeys(names, 0)) if known else Counter()
