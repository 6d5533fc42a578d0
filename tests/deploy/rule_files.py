"""The rules and their tests as data: deploy/prometheus/rules.yml and deploy/prometheus/tests/."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.deploy import promql

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))


class Case(NamedTuple):
    """An alert at one moment of a test."""

    alert: str
    test: str
    fires: bool
    metrics: frozenset[str]
    """Of which the test has series."""


@cache
def rules() -> list[dict[str, Any]]:
    """All rules, in order."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@cache
def tests() -> list[dict[str, Any]]:
    """All tests."""
    return [test for path in TESTS for test in yaml.safe_load(path.read_text())["tests"]]


def alerts() -> list[dict[str, Any]]:
    """Those that are alerts."""
    return [rule for rule in rules() if "alert" in rule]


def recorded() -> dict[str, str]:
    """Expressions by the name under which their result is recorded."""
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def scraped(expression: str) -> frozenset[str]:
    """The metrics that an expression rests on at last: recorded ones are looked through."""
    found: set[str] = set()
    for selector in promql.selectors(expression):
        inner = recorded().get(selector.metric)
        found |= {selector.metric} if inner is None else scraped(inner)
    return frozenset(found)


def input_series() -> Iterator[str]:
    """The series of all tests, each a selector."""
    for test in tests():
        yield from (each["series"] for each in test["input_series"])


def cases() -> Iterator[Case]:
    """What all tests say of alerts."""
    for test in tests():
        metrics = frozenset(promql.selectors(each["series"])[0].metric for each in test["input_series"])
        for asked in test["alert_rule_test"]:
            yield Case(asked["alertname"], test["name"], bool(asked.get("exp_alerts")), metrics)
