"""Many ages at once count as each does by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from service.telemetry.age_histogram import AgeHistogram

BOUNDS = (0.25, 1.0, 5.0)
NOW = 1_700_000_000.25


@given(st.lists(st.lists(st.integers(-2_000, 6_000))))
def test_it_is_the_histogram_of_prometheus(batches: list[list[int]]) -> None:
    expected, registry = CollectorRegistry(), CollectorRegistry()
    one_by_one = Histogram("age_seconds", "", ["role"], buckets=BOUNDS, registry=expected)
    at_once = AgeHistogram("age_seconds", "", "role", BOUNDS)
    registry.register(at_once)

    for ages in batches:
        for age in ages:
            one_by_one.labels("me").observe(max(0, age) / 1000)
        at_once.observe("me", [round(NOW * 1000) - age for age in ages], NOW)

    for edge in ("0.25", "1.0", "5.0", "+Inf"):
        labels = {"role": "me", "le": edge}
        found = registry.get_sample_value("age_seconds_bucket", labels)
        assert found == expected.get_sample_value("age_seconds_bucket", labels)
    for name in ("age_seconds_count", "age_seconds_sum"):
        found = registry.get_sample_value(name, {"role": "me"})
        assert found == pytest.approx(expected.get_sample_value(name, {"role": "me"}))
