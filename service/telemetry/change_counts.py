"""What was announced, counted: by topic, and the changes of tier, stage and churn risk by where they went."""

from collections import Counter
from collections.abc import Sequence

from prometheus_client import Counter as Metric

from schemas.outbound import Announcement, ChurnRiskChanged, LifecycleChanged, Said, TierChanged
from service import metrics
from service.domain.churn import LEVELS
from service.domain.lifecycle import STAGES
from service.domain.policy import Policy
from service.effects import TOPIC_OF

_NONE = "none"
_DIRECTIONS = ("enrolled", "up", "down")


def expect_changes(policy: Policy) -> None:
    """What may be announced under a policy is shown at 0 before the first: of a counter that begins at more no rate tells."""
    for topic in TOPIC_OF.values():
        metrics.ANNOUNCEMENTS.labels(topic)
    for scheme in policy.schemes:
        for direction in _DIRECTIONS:
            metrics.TIER_CHANGES.labels(scheme.name, direction)
    for stage in STAGES if policy.lifecycle else ():
        metrics.STAGE_CHANGES.labels(stage)
    for level in (*LEVELS, _NONE) if policy.churn else ():
        metrics.RISK_CHANGES.labels(level)


def count_changes(said: Sequence[Announcement]) -> None:
    """These were published."""
    for topic, number in Counter([TOPIC_OF[each.type] for each in said]).items():
        metrics.ANNOUNCEMENTS.labels(topic).inc(number)
    for (metric, *labels), number in Counter([_change(each.data) for each in said]).items():
        if metric is not None:
            metric.labels(*labels).inc(number)


def _change(data: Said) -> tuple[Metric | None, *tuple[str, ...]]:
    """The metric that an announcement counts in, if any, and its labels."""
    if isinstance(data, TierChanged):
        return metrics.TIER_CHANGES, data.scheme, data.direction or _NONE
    if isinstance(data, LifecycleChanged):
        return metrics.STAGE_CHANGES, data.to_stage
    if isinstance(data, ChurnRiskChanged):
        return metrics.RISK_CHANGES, data.to_level or _NONE
    return (None,)
