"""`python -m tests.mutation.survivors`: what `make mutants` found: the share killed by module, and each survivor's change."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

MUTANTS = Path("mutants")
OUTCOMES = {0: "survived", 5: "untested", 33: "untested", **dict.fromkeys((-24, 24, 36, 152, 255), "timeout")}
"""Exit codes of a mutant's tests, as mutmut keeps them; untested: no test calls the function. All others: killed."""
NO_CHANGE = re.compile(r", (strict=(True|False|None))?(?=\))|(?<=\()strict=(True|False|None)")
"""zip(strict=...) is a promise that the tests cannot break: such a mutant is left out of the count."""


def results() -> dict[str, dict[str, int]]:
    """The exit code of every mutant that was run, by module."""
    found = {}
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        found[path.name.removesuffix(".py.meta")] = {name: code for name, code in codes.items() if code is not None}
    return {module: codes for module, codes in found.items() if codes}


def function(mutant: str) -> str:
    """The function that a mutant changes, as one would call it."""
    mangled = mutant.rsplit("__mutmut_", 1)[0].rsplit(".", 1)[1]
    return ".".join(mangled[1:].strip("ǁ").split("ǁ")) if "ǁ" in mangled else mangled.removeprefix("x_")


def change(mutant: str) -> list[str]:
    """The lines that a mutant takes out and puts in."""
    shown = subprocess.run([sys.executable, "-m", "mutmut", "show", mutant], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def is_equivalent(lines: list[str]) -> bool:
    """Whether a change is none that a test could find."""
    return len({NO_CHANGE.sub("", line[1:]).strip() for line in lines}) == 1


def main(modules: list[str]) -> None:
    """The table, then the survivors of the modules named (of all when none is)."""
    console, found = Console(), results()
    table = Table("module", "mutants", "killed", "timeout", "survived", "untested", "killed %")
    total: Counter[str] = Counter()
    survivors: dict[str, dict[str, list[str]]] = {}
    for module, codes in found.items():
        counts = Counter(OUTCOMES.get(code, "killed") for code in codes.values())
        lived = [name for name, code in codes.items() if OUTCOMES.get(code) in ("survived", "untested")]
        survivors[module] = {name: lines for name in lived if not is_equivalent(lines := change(name))}
        counts["survived"] -= len(lived) - len(survivors[module])
        total += counts
        _add_row(table, module, counts)
    _add_row(table, "all", total)
    console.print(table)
    for module, changes in survivors.items():
        if not modules or module in modules:
            _show(console, module, changes)


def _add_row(table: Table, name: str, counts: Counter[str]) -> None:
    numbers = [counts[outcome] for outcome in ("killed", "timeout", "survived", "untested")]
    share = 100 * (counts["killed"] + counts["timeout"]) / max(1, counts.total())
    table.add_row(name, str(counts.total()), *map(str, numbers), f"{share:.1f}")


def _show(console: Console, module: str, changes: dict[str, list[str]]) -> None:
    by_function: dict[str, list[str]] = defaultdict(list)
    for name in changes:
        by_function[function(name)].append(name)
    for each, names in by_function.items():
        console.print(f"[bold]{module}.{each}[/bold]")
        for name in names:
            console.print(f"  {name.rsplit('_', 1)[1]:>3}  " + escape("\n       ".join(changes[name])), soft_wrap=True)


if __name__ == "__main__":
    main(sys.argv[1:])
