"""`python -m tests.mutation.rules [NAME...]`: each rule of deploy/prometheus/rules.yml changed in one place; what goes unnoticed?

A rule is tried on the tests that speak of it, or of an alert that rests on it, and beside no other rules than those that they
need. Exit code 1: something went unnoticed of which rule_equivalents.toml does not say why no test can notice it.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy import promql, rule_files
from tests.deploy.rule_files import TESTS
from tests.mutation.rule_mutants import Mutant, Rule, mutants, name_of
from tests.promtool import promtool

EQUIVALENT = Path(__file__).with_name("rule_equivalents.toml")
"""Changes that no test can notice, and why; by rule."""


@cache
def test_files() -> list[dict[str, Any]]:
    """As they stand there: YAML would read the series `0x20` as a number."""
    return [yaml.load(path.read_text(), yaml.BaseLoader) for path in TESTS]


def metrics(rule: Rule) -> set[str]:
    """What a rule asks for."""
    return {selector.metric for selector in promql.selectors(rule["expr"])}


def resting_on(name: str) -> set[str]:
    """The rules that are another when this one is: itself, and what asks for its record."""
    return {name}.union(*(resting_on(name_of(rule)) for rule in rule_files.rules() if name in metrics(rule)))


def needed_by(names: set[str]) -> set[str]:
    """These rules and those that they rest on."""
    asked = set[str]().union(*(metrics(rule) for rule in rule_files.rules() if name_of(rule) in names))
    records = asked & set(rule_files.recorded())
    return names if records <= names else needed_by(names | records)


def tests_of(names: set[str]) -> Iterator[dict[str, Any]]:
    """Files of tests, cut down to what speaks of these rules."""
    for file in test_files():
        tests = []
        for test in file["tests"]:
            alerts = [each for each in test.get("alert_rule_test", ()) if each["alertname"] in names]
            queries = [_query(each) for each in test.get("promql_expr_test", ()) if names & set(_asked(each["expr"]))]
            if alerts or queries:
                tests.append({**test, "alert_rule_test": alerts, "promql_expr_test": queries})
        if tests:
            yield {**file, "rule_files": ["rules.yml"], "tests": tests}


def _asked(expression: str) -> list[str]:
    return [selector.metric for selector in promql.selectors(expression)]


def _query(test: dict[str, Any]) -> dict[str, Any]:
    return {**test, "exp_samples": [{**sample, "value": float(sample["value"])} for sample in test["exp_samples"]]}


def is_noticed(mutant: Mutant) -> bool:
    """Whether a test fails with the changed rule."""
    changed = resting_on(mutant.rule)
    kept = [rule for rule in rule_files.rules() if name_of(rule) in needed_by(changed)]
    rules = [mutant.changed if name_of(rule) == mutant.rule else rule for rule in kept]
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "changed", "rules": rules}]}))
        for number, tests in enumerate(tests_of(changed)):
            (place / f"{number}.yml").write_text(yaml.safe_dump(tests))
        return any(_fails(path) for path in sorted(place.glob("[0-9]*.yml")))


def _fails(path: Path) -> bool:
    return subprocess.run([promtool(), "test", "rules", path], capture_output=True, check=False).returncode != 0


def equivalents(names: Iterable[str]) -> set[str]:
    """The changes of these rules of which it is known that no test can notice them."""
    told = tomllib.loads(EQUIVALENT.read_text())
    return {f"{rule}: {what}" for rule in names for what in told.get(rule, ())}


def main(names: Sequence[str]) -> int:
    """A line for each change that went unnoticed, and for each that is said to be equivalent and is noticed, or gone."""
    chosen = [rule for rule in rule_files.rules() if not names or name_of(rule) in names]
    tried = [mutant for rule in chosen for mutant in mutants(rule)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        noticed = pool.map(is_noticed, tried)
        unnoticed = {str(mutant): mutant for mutant, was in zip(tried, noticed, strict=True) if not was}
    equivalent = equivalents(map(name_of, chosen))
    for what in sorted(unnoticed.keys() - equivalent):
        sys.stdout.write(f"{what}\n    {unnoticed[what].changed['expr']}\n")
    for what in sorted(equivalent - unnoticed.keys()):
        sys.stdout.write(f"{what}: is noticed, or there is no such change: take it out of {EQUIVALENT.name}\n")
    left = len(unnoticed.keys() - equivalent)
    sys.stdout.write(f"{len(tried)} changes, {len(unnoticed) - left} equivalent, {left} unnoticed\n")
    return 0 if unnoticed.keys() == equivalent else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
