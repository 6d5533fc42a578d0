"""One table of a policy file: typed values out, faults collected by place, keys that nobody asked for named."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from math import isfinite
from typing import Any

LARGEST = 2**63 - 1
"""The largest integer that TOML promises to keep."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SHOWN = 60


class Faults:
    """What is wrong with a file, by place."""

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []

    def add(self, place: str, message: str) -> None:
        """Note a fault; `place` is a key path such as `scheme[0].tier[1].name`."""
        self._found.append((place, message))

    def lines(self) -> list[str]:
        """One line a fault, sorted by place, numbers as numbers."""
        ordered = sorted(set(self._found), key=lambda fault: (_natural(fault[0]), fault[1]))
        return [f"{place}: {message}" for place, message in ordered]


class Table:
    """Reads values by key; a bad one is noted and replaced by something harmless, so that all faults are found at once."""

    def __init__(self, content: dict[str, Any], place: str, faults: Faults) -> None:
        self.content, self.place, self.faults = content, place, faults
        self._used: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def fault(self, key: str, allowed: str) -> None:
        """Note what a key holds and what is allowed."""
        held = f"is {shown(self.content[key])}" if key in self.content else "is missing"
        self.faults.add(self.path(key), f"{held}: {allowed}")
        self._used.add(key)

    def close(self) -> None:
        """Note the keys that nobody asked for."""
        allowed = ", ".join(sorted(self._used)) or "no key"
        for key in self.content.keys() - self._used:
            self.faults.add(self.path(key), f"is {shown(self.content[key])}: not a key here; allowed: {allowed}")

    def check_key(self, key: str, pattern: str, allowed: str) -> None:
        """Note a key that does not match."""
        if not re.fullmatch(pattern, key):
            self.faults.add(self.path(key), f"is no key here: {allowed}")

    def know(self, *keys: str) -> None:
        """Name keys that are allowed here though they were not asked for."""
        self._used.update(keys)

    def ignore(self) -> None:
        """Ask for nothing more: what is here can't be judged."""
        self._used.update(self.content)

    def table(self, key: str, *, optional: bool = False) -> "Table":
        """A table inside this one; an empty one when it is left out, its faults then count for nothing unless optional."""
        self._used.add(key)
        value = self.content.get(key, {} if optional else None)
        if isinstance(value, dict):
            return Table(value, self.path(key), self.faults)
        self.fault(key, "a table is needed")
        return Table({}, self.path(key), Faults())

    def tables(self, key: str) -> list["Table"]:
        """A list of tables, empty when it is left out."""
        self._used.add(key)
        value = self.content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.fault(key, "a list of tables is needed")
            return []
        return [Table(each, f"{self.path(key)}[{number}]", self.faults) for number, each in enumerate(value)]

    def text(self, key: str, pattern: str, allowed: str, *, substitute: str = "") -> str:
        """A text that has to be there and match."""
        self._used.add(key)
        value = self.content.get(key)
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        self.fault(key, allowed)
        return substitute

    def choice(self, key: str, words: tuple[str, ...], *, default: str | None = None) -> str:
        """One of a few words; the default (or the first) in place of a bad one."""
        self._used.add(key)
        value = self.content.get(key, default)
        if isinstance(value, str) and value in words:
            return value
        self.fault(key, f"allowed: {', '.join(words)}")
        return default or words[0]

    def integer(self, key: str, least: int, most: int = LARGEST, *, default: int | None = None) -> int:
        """An integer within bounds; no bool, no float. A default is trusted."""
        self._used.add(key)
        if key not in self.content and default is not None:
            return default
        value = self.content.get(key)
        if type(value) is int and least <= value <= most:
            return value
        self.fault(key, f"an integer {_between(least, most)} is allowed")
        return least if default is None else default

    def number(self, key: str, least: str, most: int, *, default: Decimal | float, above: bool = False) -> Decimal:
        """A number from `least` (or above it) to `most`, as written; integers too."""
        self._used.add(key)
        value = self.content.get(key)
        if value is None and key not in self.content:
            return Decimal(str(default))
        if type(value) is int or isinstance(value, Decimal):
            number = Decimal(value)
            # Asked of the float: that is what is computed with, and a tiny number may be 0 there.
            as_float = float(number)
            if isfinite(as_float) and number <= most and (as_float > float(least) if above else number >= Decimal(least)):
                return number
        bounds = f"above {least} and up to {most}" if above else f"from {least} to {most}"
        self.fault(key, f"a number {bounds} is allowed")
        return Decimal(str(default))

    def boolean(self, key: str, *, default: bool) -> bool:
        """True or false."""
        self._used.add(key)
        value = self.content.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault(key, "true or false is allowed")
        return default

    def cut_points(self, key: str) -> tuple[int, ...]:
        """Four integers from 0 on, strictly growing."""
        self._used.add(key)
        value = self.content.get(key, [])
        integers = isinstance(value, list) and all(type(each) is int and 0 <= each <= LARGEST for each in value)
        if integers and len(value) == 4 and sorted(set(value)) == value:
            return tuple(value)
        self.fault(key, "four integers from 0 on, each above the one before, are allowed")
        return (0, 1, 2, 3)

    def path(self, key: str) -> str:
        """Where a key stands in the file."""
        key = key if _BARE_KEY.fullmatch(key) else json.dumps(key)
        return f"{self.place}.{key}" if self.place else key


def repeated(names: Iterable[str]) -> list[str]:
    """The names that are there more than once; the empty stand-in of a bad name does not count."""
    seen = [name for name in names if name]
    return sorted({name for name in seen if seen.count(name) > 1})


def shown(value: object) -> str:
    """A value in one short line, near to how the file writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        text = hex(value) if isinstance(value, int) and value.bit_length() > 256 else str(value)
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, list):
        text = f"a list of {len(value)}" if any(isinstance(each, dict | list) for each in value) else _listed(value)
    else:
        text = "a table" if isinstance(value, dict) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _listed(values: list[object]) -> str:
    return f"[{', '.join(shown(value) for value in values[:8])}{', ...' if len(values) > 8 else ''}]"


def _between(least: int, most: int) -> str:
    return f"from {least} on" if most == LARGEST else f"from {least} to {most}"


def _natural(place: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"\[([0-9]+)\]", place)
    return [(1, int(part), "") if odd % 2 else (0, 0, part) for odd, part in enumerate(parts)]
