"""Every alert fires and stays silent in a test of its own, and asks for what the service tells."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import promql, rule_files
from tests.deploy.known_series import TARGET, assert_known, known
from tests.deploy.rule_files import RULES, TESTS
from tests.promtool import promtool

ALERTS = rule_files.alerts()
NAMES = [alert["alert"] for alert in ALERTS]
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=NAMES)


def test_promtool_takes_the_rules() -> None:
    checked = subprocess.run([promtool(), "check", "rules", "--lint=all", RULES], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.stem))
def test_rules_do_what_their_tests_say(path: Path) -> None:
    tested = subprocess.run([promtool(), "test", "rules", path], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@each_alert
def test_it_fires_and_is_silent(alert: dict[str, Any]) -> None:
    cases = [case for case in rule_files.cases() if case.alert == alert["alert"]]
    assert any(case.fires for case in cases)
    # A near miss: all that the alert asks for is there, and still it has nothing to say.
    needed = rule_files.scraped(alert["expr"])
    assert any(not case.fires and case.metrics >= needed and alert["alert"] in case.test for case in cases)


def test_no_test_is_of_an_alert_that_is_gone() -> None:
    assert {case.alert for case in rule_files.cases()} <= set(NAMES)


@each_alert
def test_it_says_what_is_felt_and_where_to_read_on(alert: dict[str, Any]) -> None:
    said, labels = alert["annotations"], alert["labels"]
    assert labels["severity"] in ("page", "ticket")
    assert labels["service"] == "tiering"
    assert said["runbook_url"] == f"deploy/README.md#{alert['alert'].lower()}"
    assert "{{" not in said["summary"], "one line on a phone, the same each time"
    assert len(said["summary"]) <= 80
    assert said["description"].endswith(".")


@pytest.mark.parametrize("expression", [rule["expr"] for rule in rule_files.rules()], ids=lambda expression: str(expression)[:60])
def test_what_a_rule_asks_for_is_there(expression: str) -> None:
    assert_known(expression, rule_files.recorded())


def test_the_series_of_the_tests_are_there() -> None:
    for series in set(rule_files.input_series()):
        assert_known(series, rule_files.recorded())


@each_alert
def test_it_groups_by_labels_that_are_there(alert: dict[str, Any]) -> None:
    there = TARGET.union(*(known()[metric] for metric in rule_files.scraped(alert["expr"])))
    assert promql.labels(alert["expr"]) <= there
    assert set(re.findall(r"\$labels\.(\w+)", str(alert["annotations"]))) <= there
