"""What a PromQL expression asks for: metrics with their label matchers, and the labels it groups and matches by."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import promql_parser as parser

LITERAL = (parser.MatchOp.Equal, parser.MatchOp.NotEqual)


class Matcher(NamedTuple):
    """A condition on a label; `values` holds each alternative of a regular expression a|b, else one value."""

    label: str
    values: tuple[str, ...]
    literal: bool
    """Not a regular expression."""


class Selector(NamedTuple):
    """A metric that is asked for, by its name in the exposition (..._total, ..._bucket)."""

    metric: str
    matchers: tuple[Matcher, ...]


def selectors(expression: str) -> list[Selector]:
    """Every metric of an expression, in its order. ValueError when it is no PromQL."""
    return [
        Selector(node.name or "", tuple(map(_matcher, node.matchers.matchers)))
        for node in _nodes(expression)
        if isinstance(node, parser.VectorSelector)
    ]


def labels(expression: str) -> set[str]:
    """The labels of by, without, on, ignoring, group_left and group_right."""
    found: set[str] = set()
    for node in _nodes(expression):
        if isinstance(node, parser.AggregateExpr) and node.modifier:
            found.update(node.modifier.labels)
        elif isinstance(node, parser.BinaryExpr) and node.modifier:
            found.update(node.modifier.matching.labels if node.modifier.matching else ())
            found.update(node.modifier.group_labels or ())
    return found


def _matcher(matcher: parser.Matcher) -> Matcher:
    literal = matcher.op in LITERAL
    return Matcher(matcher.name, (matcher.value,) if literal else tuple(matcher.value.split("|")), literal)


def _nodes(expression: str) -> Iterator[parser.Expr]:
    nodes: list[parser.Expr] = []
    keep: Callable[[parser.Expr], None] = nodes.append
    parser.walk(parser.parse(expression), keep)
    return iter(nodes)
