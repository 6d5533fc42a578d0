"""Prometheus and Alertmanager take their files; who hears what, and what is silent while something else speaks."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.prometheus.__main__ import RESOURCE, main
from tests.debian import program
from tests.deploy import promql, rule_files
from tests.deploy.known_series import JOBS
from tests.deploy.rule_files import DEPLOY, RULES
from tests.promtool import promtool

PROMETHEUS, ALERTMANAGER = DEPLOY / "prometheus" / "prometheus.yml", DEPLOY / "prometheus" / "alertmanager.yml"
SEVERITY = {alert["alert"]: alert["labels"]["severity"] for alert in rule_files.alerts()}
SILENCED: list[dict[str, Any]] = yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]


def run(*command: str | Path) -> str:
    """What a command says; it has to end well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def amtool(*arguments: str | Path) -> str:
    """What Alertmanager's tool says."""
    return run(program("prometheus-alertmanager", "amtool"), *arguments)


def named(matchers: list[str]) -> set[str]:
    """The alerts that one side of an inhibition is of; each name that it gives is one."""
    [selector] = promql.selectors("{" + ",".join(matchers) + "}")
    [patterns] = [matcher.values for matcher in selector.matchers if matcher.label == "alertname"]
    found = {pattern: {alert for alert in SEVERITY if re.fullmatch(pattern, alert)} for pattern in patterns}
    assert all(found.values()), found
    return set().union(*found.values())


def test_prometheus_takes_its_file_and_knows_the_roles_as_the_rules_do() -> None:
    run(promtool(), "check", "config", PROMETHEUS)
    assert {job["job_name"] for job in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"]} == JOBS


def test_the_operator_gets_the_same_rules() -> None:
    assert main(["--check"]) == 0
    resource = yaml.safe_load(RESOURCE.read_text())
    assert resource["kind"] == "PrometheusRule"
    assert resource["spec"] == yaml.safe_load(RULES.read_text())


@pytest.mark.parametrize("alert", SEVERITY)
def test_a_page_wakes_and_a_ticket_waits(alert: str) -> None:
    labels = [f"alertname={alert}", "service=tiering", f"severity={SEVERITY[alert]}"]
    assert amtool("config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels).strip() == SEVERITY[alert]


def test_alertmanager_takes_its_file() -> None:
    amtool("check-config", ALERTMANAGER)


@pytest.mark.parametrize("rule", SILENCED, ids=lambda rule: str(rule["source_matchers"][1]))
def test_the_cause_speaks_and_no_ticket_silences_a_page(rule: dict[str, Any]) -> None:
    sources, targets = named(rule["source_matchers"]), named(rule["target_matchers"])
    assert not sources & targets, "an alert would silence itself"
    if "page" in {SEVERITY[target] for target in targets}:
        assert {SEVERITY[source] for source in sources} == {"page"}


@pytest.mark.parametrize("rule", SILENCED, ids=lambda rule: str(rule["source_matchers"][1]))
def test_what_has_to_be_equal_is_what_the_source_has(rule: dict[str, Any]) -> None:
    if "TargetMissing" in named(rule["source_matchers"]):  # of what is absent nobody knows the namespace
        assert rule["equal"] == ["job"]
    else:
        assert "namespace" in rule["equal"]
