"""The series that a scrape of the service can have: each metric's name in the exposition, with its labels."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from service import metrics
from service.app import ROLES
from service.telemetry.age_histogram import AgeHistogram
from tests.deploy import promql

ROOT = Path(__file__).parents[2]
TARGET = frozenset({"job", "instance", "namespace"})
"""Labels that Prometheus itself puts to every series of a target; namespace in Kubernetes."""
JOBS = frozenset(f"tiering-{role}" for role in (*ROLES, metrics.QUERY_ROLE))
OTHER_JOB = "node"
"""In tests: something that the same Prometheus watches, and that is none of ours."""
CLOSED = ("role", "state", "outcome", "direction", "code", "topic")
"""Labels whose values stand in the code."""


@cache
def known() -> dict[str, frozenset[str]]:
    """Labels by name; Prometheus's own `up` is among them."""
    ours = {name: frozenset(labels) for each in vars(metrics).values() for name, labels in _series(each)}
    process = {
        sample.name: frozenset(sample.labels)
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        if not sample.name.startswith("tiering_")
    }
    return {"up": frozenset(), **process, **ours}


@cache
def literals() -> frozenset[str]:
    """Every text that stands in the service's code: where else should a label's value come from?"""
    sources = (path for room in ("agents", "schemas", "service") for path in (ROOT / room).rglob("*.py"))
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return frozenset(node.value for node in nodes if isinstance(node.value, str))


def assert_known(expression: str, recorded: Mapping[str, str]) -> None:
    """Every metric of an expression is there, or is recorded by an expression; so are its labels and their values."""
    for metric, matchers in promql.selectors(expression):
        assert metric in known() or metric in recorded, f"{metric} is no metric of the service"
        labels = (known()[metric] if metric in known() else promql.labels(recorded[metric])) | TARGET
        for matcher in matchers:
            assert matcher.label in labels, f"{metric} has no label {matcher.label}"
            assert all(_can_be(matcher, value) for value in matcher.values), f"{metric}: no {matcher}"


def _can_be(matcher: promql.Matcher, value: str) -> bool:
    if matcher.label == "job":
        return value == OTHER_JOB or any(value == job if matcher.literal else re.fullmatch(value, job) for job in JOBS)
    if matcher.label == "le":
        return value in map(str, metrics.FRESHNESS_SECONDS.bounds)
    return matcher.label not in CLOSED or value in literals()


def _series(metric: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(metric, AgeHistogram):
        yield from _histogram(metric.name, (metric.label,))
    elif isinstance(metric, MetricWrapperBase):
        name, labels = metric._name, tuple(metric._labelnames)  # its public methods tell them only of series that are there
        if isinstance(metric, Histogram):
            yield from _histogram(name, labels)
        elif isinstance(metric, Counter):
            yield f"{name}_total", labels
        elif isinstance(metric, Gauge):
            yield name, labels
        else:
            yield f"{name}_info", ("version", "role", "build")


def _histogram(name: str, labels: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield f"{name}_bucket", (*labels, "le")
    yield f"{name}_count", labels
    yield f"{name}_sum", labels
