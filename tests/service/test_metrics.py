"""Names of metrics are a contract with alerts and dashboards: none changes unnoticed, each has a meaning."""

import re
import subprocess
from pathlib import Path

import pytest
from prometheus_client import Metric

from service import metrics
from tests.promtool import promtool

NAMES = Path(__file__).with_name("metric_names.txt")
UNITS = ("_seconds", "_records", "_bytes", "_ratio", "_rows")
THINGS = ("_due", "_overdue", "_up", "_ready", "_partitions", "_customers", "_by_stage", "_by_risk", "_policy", "_build")

FAMILIES = list(metrics.REGISTRY.collect())
OURS = [family for family in FAMILIES if family.name.startswith("tiering_")]


def test_no_name_changes_unnoticed() -> None:
    found = "".join(sorted(f"{family.name} {family.type}\n" for family in FAMILIES))
    assert found == NAMES.read_text(), f"alerts, dashboards and {NAMES.name} have to be changed too, and CHANGELOG.md says so"


@pytest.mark.parametrize("family", OURS, ids=lambda family: str(family.name))
def test_each_has_a_meaning_and_a_unit(family: Metric) -> None:
    assert family.documentation.endswith(".")
    assert len(family.documentation) > 15
    assert re.fullmatch("[a-z_]+", family.name)
    if family.type not in ("counter", "info"):
        name = family.name.removesuffix("_info")
        assert name.endswith((*UNITS, *THINGS)), name


def test_promtool_has_nothing_to_say() -> None:
    checked = subprocess.run([promtool(), "check", "metrics"], input=metrics.exposition(), capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
