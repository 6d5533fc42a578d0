"""Findings: their exit code, and lists that stay short."""

import pytest

from service.doctor.finding import Finding, Status, exit_code, fail, ok, several, warn
from service.exit_codes import NOT_REACHABLE
from service.partition_names import numbers


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([], 0),
        ([ok("a", "x"), warn("b", "x", "y")], 0),
        ([ok("a", "x"), fail("b", "x", "y")], 1),
        ([fail("b", "x", "y"), fail("c", "x", "y")._replace(code=NOT_REACHABLE)], 3),
        ([Finding("b", Status.SKIPPED, "x", None, NOT_REACHABLE), warn("b", "x", "y")._replace(code=NOT_REACHABLE)], 0),
    ],
)
def test_the_exit_code_is_that_of_the_worst_that_failed(findings: list[Finding], code: int) -> None:
    assert exit_code(findings) == code


def test_several_names_some_and_counts_the_rest() -> None:
    assert several("abc") == "a, b, c"
    assert several("abcd") == "a, b, c, d"
    assert several("abcdef") == "a, b, c and 3 more"


@pytest.mark.parametrize(
    ("which", "words"), [([3], "partition 3"), ([0, 1, 2, 7], "partitions 0-2, 7"), ([4, 5], "partitions 4-5")]
)
def test_partitions_are_written_as_people_do(which: list[int], words: str) -> None:
    assert numbers(which) == words
