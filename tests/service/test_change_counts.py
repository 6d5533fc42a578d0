"""Announcements are counted by where they went, the same as they read."""

import json
from collections import Counter

from service import metrics
from service.telemetry.change_counts import count_changes
from tests.service.test_census import crowd


def counted(metric: str, *labels: str) -> Counter[tuple[str, ...]]:
    """A counter's values by some of its labels."""
    samples = [each for family in metrics.REGISTRY.collect() for each in family.samples if each.name == metric]
    return Counter({tuple(each.labels[label] for label in labels): int(each.value) for each in samples if each.value})


def all_counted() -> list[Counter[tuple[str, ...]]]:
    """What is counted of announcements."""
    return [
        counted("tiering_announcements_total", "topic"),
        counted("tiering_tier_changes_total", "scheme", "direction"),
        counted("tiering_stage_changes_total", "to"),
        counted("tiering_risk_changes_total", "to"),
    ]


def test_each_counts_where_it_went() -> None:
    log, before = crowd(4), all_counted()
    for step in log.steps:
        count_changes(step.said)
    topics, tiers, stages, risks = (after - former for after, former in zip(all_counted(), before, strict=True))

    written = [(topic, json.loads(value)) for step in log.steps for topic, _, value in step.announcements]
    data = {kind: [event["data"] for _, event in written if event["type"] == kind] for kind in {e["type"] for _, e in written}}
    assert topics == Counter((topic,) for topic, _ in written)
    assert tiers == Counter((each["scheme"], each["direction"]) for each in data["tier.changed.v1"])
    assert stages == Counter((each["to_stage"],) for each in data["lifecycle.changed.v1"])
    assert risks == Counter((each["to_level"] or "none",) for each in data["churn.risk-changed.v1"])
    assert {direction for _, direction in tiers} == {"enrolled", "up", "down"}
