"""Alert rules changed in one place: what a slip of the pen, or a later hand, could do to them."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import promql_parser as parser

Rule = dict[str, Any]
Change = tuple[str, str]
"""An expression, and in what it differs."""
_TURNED = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}
_OTHERS = {"sum": "max", "max": "min", "min": "max", "count": "sum", "max_over_time": "min_over_time", "abs": ""}
_MATCHER = r'\w+(?:=~|!~|!=|=)"(?:[^"\\]|\\.)*"'
_SELECTOR = r"\{[^}]*\}"
_NUMBER = re.compile(rf"{_SELECTOR}|\b\d+(?:\.\d+)?(?![\w.])")
_DURATION = re.compile(rf"{_SELECTOR}|(?<=\[)\w+(?=\])|(?<=offset )\w+")
_COMPARISON = re.compile(rf"{_SELECTOR}|[<>]=?|[=!]=")
_FUNCTION = re.compile(rf"{_SELECTOR}|\b(?:{'|'.join(_OTHERS)})(?=\(| by \()")
_LABELS = re.compile(r"\b(?:by|on) \([^)]+\)")
_MATCHERS = re.compile(rf"\{{{_MATCHER}(?:,\s*{_MATCHER})*\}}")


class Mutant(NamedTuple):
    """A rule that is not what it was."""

    rule: str
    """The name of the alert, or of what is recorded."""
    what: str
    """In which way; of changes that read alike the second has a 2 behind it, and so on."""
    changed: Rule

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def name_of(rule: Rule) -> str:
    """Of an alert or of what is recorded."""
    return str(rule.get("alert") or rule["record"])


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every change of a rule, each another one."""
    expression, alike = str(parser.parse(rule["expr"])), Counter[str]()
    for changed, what in dict(change for make in _MAKERS for change in make(expression)).items():
        alike[what] += 1
        yield Mutant(name_of(rule), what if alike[what] == 1 else f"{what} ({alike[what]})", {**rule, "expr": changed})
    if "for" in rule:
        yield Mutant(name_of(rule), "no for", {key: value for key, value in rule.items() if key != "for"})
        longer = f"{3 * parser.parse_duration(rule['for']).total_seconds():.0f}s"
        yield Mutant(name_of(rule), "for: three times as long", {**rule, "for": longer})


def _replaced(expression: str, pattern: re.Pattern[str], others: Callable[[str], list[str]]) -> Iterator[Change]:
    """Each place at which something stands, with each of what could stand there; selectors that are found are passed over."""
    for found in pattern.finditer(expression):
        if pattern is _MATCHERS or not found[0].startswith("{"):
            for other in others(found[0]):
                yield expression[: found.start()] + other + expression[found.end() :], f"{found[0]} is {other or 'nothing'}"


def _numbers(expression: str) -> Iterator[Change]:
    """A third more and less; of small whole numbers, which count something, one."""

    def others(number: str) -> list[str]:
        value = float(number)
        return [f"{value + 1:.0f}", f"{value - 1:.0f}"] if number in "0123" else [f"{value * 4 / 3:.6g}", f"{value * 2 / 3:.6g}"]

    yield from _replaced(expression, _NUMBER, others)


def _durations(expression: str) -> Iterator[Change]:
    def others(duration: str) -> list[str]:
        seconds = parser.parse_duration(duration).total_seconds()
        return [f"{seconds * 4 / 3:.0f}s", f"{seconds * 2 / 3:.0f}s"]

    yield from _replaced(expression, _DURATION, others)


def _comparisons(expression: str) -> Iterator[Change]:
    yield from _replaced(expression, _COMPARISON, lambda comparison: [_TURNED[comparison]])


def _functions(expression: str) -> Iterator[Change]:
    yield from _replaced(expression, _FUNCTION, lambda function: [_OTHERS[function]])


def _labels(expression: str) -> Iterator[Change]:
    """Without one of those that are grouped or matched by."""

    def others(clause: str) -> list[str]:
        word, labels = clause.split(" ", 1)[0], clause[clause.index("(") + 1 : -1].split(", ")
        return [f"{word} ({', '.join(labels[:place] + labels[place + 1 :])})" for place in range(len(labels))]

    yield from _replaced(expression, _LABELS, others)


def _matchers(expression: str) -> Iterator[Change]:
    """Without one of the conditions on a metric."""

    def others(selector: str) -> list[str]:
        matchers = re.findall(_MATCHER, selector)
        return ["{" + ",".join(matchers[:place] + matchers[place + 1 :]) + "}" for place in range(len(matchers))]

    yield from _replaced(expression, _MATCHERS, others)


def _sides(expression: str) -> Iterator[Change]:
    """One side of an `and`, `or` or `unless` alone."""
    nodes: list[parser.Expr] = []
    keep: Callable[[parser.Expr], None] = nodes.append
    parser.walk(parser.parse(expression), keep)
    for node in nodes:
        if isinstance(node, parser.BinaryExpr) and str(node.op) in ("and", "or", "unless"):
            at = expression.index(str(node))
            for side in (node.lhs, node.rhs):
                yield expression[:at] + str(side) + expression[at + len(str(node)) :], f"of a set operation only {side}"


_MAKERS = (_numbers, _durations, _comparisons, _functions, _labels, _matchers, _sides)
