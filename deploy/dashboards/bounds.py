"""Where a figure turns bad: the bounds of the alerts, which panels show as colours."""

from dataclasses import dataclass

OBJECTIVE = 0.999
"""So much of the customers' events is to be announced within 5 s, over 30 days."""

ALLOWED = "0.001"
"""1 - OBJECTIVE, as PromQL takes it: the part of the events that may be late."""


@dataclass(frozen=True)
class Bound:
    """Bad from `bad` on, doubtful from `doubtful` on; both upwards, or downwards when `low`."""

    bad: float
    doubtful: float | None = None
    low: bool = False
    alerts: tuple[str, ...] = ()


BUDGET = Bound(0.0, 0.25, low=True)
BURN = Bound(14.4, 6.0, alerts=("FreshnessBurnFast", "FreshnessBurnMid", "FreshnessBurnSlow"))
IN_TIME = Bound(OBJECTIVE, low=True)
FRESHNESS = Bound(5.0, 1.0)
LAG_SECONDS = Bound(300.0, 5.0, alerts=("LagSecondsHigh",))
STALLED = Bound(180.0, 60.0, alerts=("ConsumerStalled",))
DEAD_LETTERS = Bound(0.05, 0.001, alerts=("DeadLettersMany", "DeadLettersSome"))
DOWN = Bound(1.0, alerts=("WorkerDown",))
NOT_READY = Bound(1.0, alerts=("NotReady",))
LEDGER = Bound(1.0, alerts=("LedgerImbalance",))
OVERDUE = Bound(1.0, alerts=("ReviewsOverdue",))
RESTARTS = Bound(3.0, 1.0, alerts=("RestartStorm",))
REBALANCES = Bound(8.0, alerts=("RebalanceStorm",))
RECOVERY = Bound(120.0, 60.0, alerts=("RecoverySlow",))
SWEEP = Bound(1.0, low=True)
LOOP_LAG = Bound(1.0, 0.25, alerts=("LoopLag",))
CLOCK_SKEW = Bound(2.0, 0.5, alerts=("ClockSkew",))
OPEN_FILES = Bound(0.8, 0.6, alerts=("FilesNearLimit",))
CENSUS_AGE = Bound(7_200.0, 900.0)
QUERY_FAILED = Bound(0.05, 0.001, alerts=("QueryFailing",))
READ_MODEL_AGE = Bound(300.0, 15.0, alerts=("ReadModelOld",))
