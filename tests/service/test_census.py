"""The census says of all customers together what was announced of each."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from math import isnan
from typing import Any

import pytest

from service import metrics
from service.domain.policy_file import parse_policy
from service.partition import Partition
from service.replay import LogRecord, activation_record
from service.telemetry import census as module
from service.telemetry.census import Census
from tests.builders import order
from tests.service.noted_logs import BROADER, PLAIN, WHOLE
from tests.service.noting import Log

TYPES = {"lifecycle.changed.v1": "to_stage", "churn.risk-changed.v1": "to_level"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bite is all there is, and a walk needs no rest; no gauge is left as a test leaves it."""
    monkeypatch.setattr(module, "BITE_SECONDS", 600.0)
    monkeypatch.setattr(module, "REST_SECONDS", 0.02)
    yield
    for gauge in (metrics.CUSTOMERS, metrics.CUSTOMERS_BY_STAGE, metrics.CUSTOMERS_BY_RISK):
        gauge.clear()


def crowd(seed: int, text: str = WHOLE, days: int = 60) -> Log:
    """A log of customers who come now and then, some of whom have been away for long at its end."""
    chance, log = random.Random(seed), Log()
    log.activate(text)
    for day in range(days):
        for number in range(40):
            stays = number % 5 or day < 8  # every fifth goes for good
            if stays and chance.random() < (0.3 if number % 3 else 0.3 - day / 200):
                log.send(order(day, chance.randint(50, 2500), id=f"{day}-{number}", customer=f"c-{number}"))
    log.tick(days + 1)
    log.steps.append(log.partition.catch_up(1_000))
    return log


def announced(*logs: Log) -> tuple[dict[Any, int], dict[Any, int], dict[Any, int]]:
    """By tier, stage and level, from the latest announcements of each customer."""
    latest: dict[Any, str] = {}
    for log in logs:
        for step in log.steps:
            for _, key, value in step.announcements:
                event = json.loads(value)
                if event["type"] == "tier.changed.v1":
                    latest["tier", log, key, event["data"]["scheme"]] = event["data"]["to_tier"]
                elif event["type"] in TYPES:
                    latest[event["type"], log, key] = event["data"][TYPES[event["type"]]]
    tiers = Counter((place[3], tier) for place, tier in latest.items() if place[0] == "tier")
    stages, levels = (Counter(name for place, name in latest.items() if place[0] == kind) for kind in TYPES)
    return dict(tiers), dict(stages), dict(levels)


def shown(gauge: Any) -> dict[Any, int]:
    """What a gauge says of which labels; 0 left out."""
    [family] = gauge.collect()
    values = {tuple(each.labels.values()): int(each.value) for each in family.samples if each.value}
    return {labels if len(labels) > 1 else labels[0]: value for labels, value in values.items()}


def all_shown() -> tuple[dict[Any, int], dict[Any, int], dict[Any, int]]:
    """What the three gauges say."""
    return shown(metrics.CUSTOMERS), shown(metrics.CUSTOMERS_BY_STAGE), shown(metrics.CUSTOMERS_BY_RISK)


@pytest.mark.parametrize("restarted", [False, True])
def test_it_says_what_was_announced(restarted: bool) -> None:
    logs = crowd(1), crowd(2)
    if restarted:
        for log in logs:
            log.restart()
    census = Census({number: log.partition for number, log in enumerate(logs)}, lambda: False)

    census.bite()

    assert all_shown() == announced(*logs)
    assert sum(shown(metrics.CUSTOMERS_BY_STAGE).values()) == sum(log.partition.customers for log in logs)
    assert len(shown(metrics.CUSTOMERS_BY_STAGE)) >= 4
    assert not isnan(metrics.CENSUS_TIMESTAMP._value.get())


def test_nothing_is_shown_before_every_partition_was_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BITE_SECONDS", -1.0)
    partitions = {0: crowd(1).partition, 1: crowd(2).partition}
    census = Census(partitions, lambda: False)
    bites = 0
    while not shown(metrics.CUSTOMERS):
        census.bite()
        bites += 1
        assert bites < 9
    assert bites == 2 * 2 + 1
    assert sum(shown(metrics.CUSTOMERS).values()) == sum(partition.customers for partition in partitions.values())


def test_a_partition_that_was_left_is_shown_no_more() -> None:
    first, second = crowd(1), crowd(2)
    partitions = {0: first.partition, 1: second.partition}
    census = Census(partitions, lambda: False)
    census.bite()

    del partitions[1]
    census.bite()
    assert all_shown() == announced(first)

    del partitions[0]
    census.bite()
    assert all_shown() == ({}, {}, {})


def test_names_without_anybody_are_shown_and_rules_that_there_are_not_are_not() -> None:
    log = crowd(1, PLAIN, days=2)
    Census({0: log.partition}, lambda: False).bite()
    [tiers], [stages], [levels] = (
        gauge.collect() for gauge in (metrics.CUSTOMERS, metrics.CUSTOMERS_BY_STAGE, metrics.CUSTOMERS_BY_RISK)
    )
    assert {each.labels["tier"] for each in tiers.samples} == {"regular", "silver"}
    assert (stages.samples, levels.samples) == ([], [])


def test_customers_under_an_earlier_policy_count_by_its_names() -> None:
    log = crowd(3, PLAIN)
    before = announced(log)
    log.take(LogRecord(log.next, None, activation_record(parse_policy(BROADER), "log")))
    assert log.partition.due

    Census({0: log.partition}, lambda: False).bite()
    assert shown(metrics.CUSTOMERS) == before[0]


def test_damaged_rows_and_those_in_quarantine_are_passed_over() -> None:
    log = crowd(1)
    stored = log.partition.stored
    good = sorted(key for key in stored if key[:1] != b"\0")
    stored[good[0]] = stored[good[0]][:-1] + bytes([stored[good[0]][-1] ^ 64])
    stored[good[1]] = b"\xff" + b"?"

    Census({0: Partition(0, stored)}, lambda: False).bite()
    assert sum(shown(metrics.CUSTOMERS).values()) == len(good) - 2
