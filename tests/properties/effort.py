"""How many random examples each law is given."""

import os

from hypothesis import HealthCheck, settings

TIMES = float(os.environ.get("TIERING_EXAMPLES", "1"))
"""`TIERING_EXAMPLES=20` looks at twenty times as many, 0.1 at a tenth."""


def examples(number: int) -> settings:
    """Settings of a law: so many examples, times TIERING_EXAMPLES; a shared machine is no reason to fail."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=max(1, round(number * TIMES)), deadline=None, suppress_health_check=slow)
