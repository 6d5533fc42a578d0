"""`make rule-mutants` changes what it should, and finds what tests notice: here on one alert, over all rules it takes minutes."""

import pytest

from tests.deploy import rule_files
from tests.mutation.rule_mutants import Rule, mutants, name_of
from tests.mutation.rules import equivalents, is_noticed

RULES = {name_of(rule): rule for rule in rule_files.rules()}


@pytest.mark.parametrize(
    ("expression", "changes"),
    [
        ("a > 0.5", {"a{} > 0.666667", "a{} > 0.333333", "a{} <= 0.5"}),
        ("a == 1", {"a{} == 2", "a{} == 0", "a{} != 1"}),
        ("sum by (x, y) (a)", {"max by (x, y)(a{})", "sum by (x)(a{})", "sum by (y)(a{})"}),
        ("abs(a)", {" (a{})"}),
        ('a{x="5 > 1",y!="b"}', {'a{y!="b"}', 'a{x="5 > 1"}'}),
        ("rate(a[15m])", {"rate(a{}[1200s])", "rate(a{}[600s])"}),
        ("a offset 1w", {"a{} offset 806400s", "a{} offset 403200s"}),
        ("a unless on (x) b", {"a{}", "b{}", "a{} unless on () b{}"}),
    ],
)
def test_an_expression_is_changed_in_one_place(expression: str, changes: set[str]) -> None:
    changed = {str(mutant.changed["expr"]) for mutant in mutants({"alert": "A", "expr": expression})}
    assert {each.replace(" ", "") for each in changed} == {each.replace(" ", "") for each in changes}


def test_how_long_it_has_to_last_is_changed_too() -> None:
    rule: Rule = {"alert": "A", "expr": "a", "for": "5m"}
    assert [mutant.changed.get("for") for mutant in mutants(rule)] == [None, "900s"]


def test_changes_that_no_test_can_notice_are_changes_that_there_are() -> None:
    there = {str(mutant) for rule in RULES.values() for mutant in mutants(rule)}
    assert equivalents(RULES) <= there


def test_every_change_of_an_alert_is_noticed_and_no_change_is_not() -> None:
    rule = RULES["WorkerDown"]
    changed = list(mutants(rule))
    assert len(changed) > 4
    assert [str(mutant) for mutant in changed if not is_noticed(mutant)] == []
    assert not is_noticed(changed[0]._replace(changed=rule))
