"""Every alert has its place in the runbook, and what people are told to run there can be run."""

import pytest

from service.logs import log_events
from service.logs.log_event import LogEvent
from tests.deploy import rule_files, runbook
from tests.deploy.known_series import assert_known

NAMES = [alert["alert"] for alert in rule_files.alerts()]


def test_it_has_the_alerts_in_their_order_and_no_other() -> None:
    assert list(runbook.sections()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_it_says_everything_in_the_same_order(name: str) -> None:
    said = runbook.sections()[name]
    places = [said.find(f"\n**{part}**") for part in runbook.PARTS]
    assert -1 not in places, f"### {name} has not all of {runbook.PARTS}"
    assert places == sorted(places)


@pytest.mark.parametrize("query", sorted(set(runbook.queries())))
def test_it_asks_for_what_is_there(query: str) -> None:
    assert_known(query, rule_files.recorded())


@pytest.mark.parametrize("command", sorted(runbook.commands()))
def test_it_names_commands_that_there_are(command: str) -> None:
    assert list(runbook.unknown(command)) == []


def test_it_names_lines_that_are_logged() -> None:
    logged = {each.name for each in vars(log_events).values() if isinstance(each, LogEvent)}
    assert runbook.log_events()
    assert runbook.log_events() <= logged
