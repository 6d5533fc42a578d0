"""mypyc compares values of a Struct class by identity where it knows the class: no compiled module may compare them so.

As lists they are compared by value: `[a] == [b]`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mypy.build import BuildSource, build
from mypy.nodes import ComparisonExpr
from mypy.options import Options
from mypy.types import Instance, TupleType, Type, UnionType, get_proper_type

from service.compiled import compiled
from tests.compiled.digest import ROOT
from tests.compiled.plugin import names

WRONG = """
from msgspec import Struct
class Value(Struct):
    number: int
def one(a: Value, b: Value | None) -> bool:
    return a == b
def two(a: Value, b: Value) -> bool:
    return a.number == b.number
"""


def comparisons(sources: list[BuildSource]) -> Iterator[str]:
    """Where Structs of one class of these modules are compared: the class and the line, of whatever module."""
    modules = {source.module for source in sources}
    options = Options()
    options.export_types, options.incremental = True, False
    options.python_executable, options.follow_imports = sys.executable, "silent"
    types = build(sources, options).types
    for expression in types:
        if isinstance(expression, ComparisonExpr):
            for operator, one, other in zip(expression.operators, expression.operands, expression.operands[1:], strict=False):
                if operator in {"==", "!="} and one in types and other in types:
                    both = set(structs(types[one])) & set(structs(types[other]))
                    yield from (f"{name}, line {expression.line}" for name in both if name.rpartition(".")[0] in modules)


def structs(found: Type) -> Iterator[str]:
    """The Struct classes that a type may be or hold."""
    proper = get_proper_type(found)
    if isinstance(proper, UnionType | TupleType):
        for item in proper.items:
            yield from structs(item)
    elif isinstance(proper, Instance) and any(base.fullname == "msgspec.Struct" for base in proper.type.mro):
        yield proper.type.fullname


def test_the_check_finds(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)

    assert list(comparisons([BuildSource(str(file), "wrong")])) == ["wrong.Value, line 6"]


@pytest.mark.skipif(not compiled(), reason="of what is compiled: `make test-compiled`")
def test_no_structs_are_compared_in_compiled_modules() -> None:
    sources = [BuildSource(str(ROOT / (name.replace(".", "/") + ".py")), name) for name in names()]

    assert list(comparisons(sources)) == []
