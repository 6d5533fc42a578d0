"""A pytest plugin for `make mutants` only: what mutmut needs of a test run, and what a mutant must not inherit of the run before.

mutmut 3.7 reads a private name of test items that pytest no longer has; newer ones need a newer click than Faust allows.
"""

import sys

import pytest
from hypothesis import settings


def pytest_configure() -> None:
    """The same examples in every run, and no deadline: neither luck nor a busy machine kills a mutant."""
    settings.register_profile("mutants", derandomize=True, deadline=None, database=None)
    settings.load_profile("mutants")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give the item the name under which mutmut looks for it.

    pytest escapes the ids of a parametrised test anew whenever one process collects it: with a backslash they differ from run
    to run, the chosen test is not found, and mutmut takes that for a mutant that was killed.
    """
    if "\\" in item.nodeid:
        raise pytest.UsageError(f"{item.nodeid}: a backslash in a test's name")
    item.__dict__["_nodeid"] = item.nodeid


def pytest_sessionstart() -> None:
    """A mutant runs in a fork: what functions remember of the run without it would hide it."""
    modules = [module for name, module in sys.modules.items() if name.startswith("service.domain")]
    for remembered in (each for module in modules for each in vars(module).values() if hasattr(each, "cache_clear")):
        remembered.cache_clear()
