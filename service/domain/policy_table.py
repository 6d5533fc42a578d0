"""One table of a policy file: typed values out, faults collected, keys that nobody asked for named."""

from typing import Any


class Table:
    """Reads values by key; a bad one is noted and replaced by something harmless, so that all faults are found at once."""

    def __init__(self, content: dict[str, Any], place: str, faults: list[str]) -> None:
        self.content, self.place, self.faults = content, place, faults
        self.used: set[str] = set()

    def fault(self, key: str, message: str) -> None:
        """Note a fault of a key."""
        self.faults.append(f"{self._place(key)}: {message}")

    def close(self) -> None:
        """Note the keys that nobody asked for."""
        for key in self.content.keys() - self.used:
            self.fault(key, "is not a key of a policy file")

    def table(self, key: str, *, optional: bool = False) -> "Table":
        """A table inside this one."""
        value = self._value(key, {} if optional else None)
        if not isinstance(value, dict):
            if value is not None:
                self.fault(key, f"is {_shown(value)}: a table is needed")
            return Table({}, self._place(key), [])
        return Table(value, self._place(key), self.faults)

    def tables(self, key: str) -> list["Table"]:
        """A list of tables."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.fault(key, f"is {_shown(value)}: a list of tables is needed")
            return []
        return [Table(each, f"{self._place(key)}[{number}]", self.faults) for number, each in enumerate(value)]

    def text(self, key: str) -> str:
        """A text that has to be there."""
        value = self._value(key)
        if isinstance(value, str) and value:
            return value
        if value is not None:
            self.fault(key, f"is {_shown(value)}: a text is needed")
        return ""

    def choice(self, key: str, allowed: tuple[str, ...], *, default: str | None = None) -> str:
        """One of a few words."""
        value = self._value(key, default)
        if value in allowed:
            return str(value)
        if value is not None:
            self.fault(key, f"is {_shown(value)}: {', '.join(allowed)} is allowed")
        return allowed[0]

    def integer(self, key: str, least: int, most: int = 10**12, *, default: Any = None) -> int:
        """An integer within bounds."""
        value = self._value(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            if least <= value <= most or key not in self.content:
                return value
            self.fault(key, f"is {value}: {least} to {most} is allowed")
        elif value is not None:
            self.fault(key, f"is {_shown(value)}: an integer is needed")
        return least

    def boolean(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default)
        if isinstance(value, bool):
            return value
        self.fault(key, f"is {_shown(value)}: true or false is needed")
        return default

    def cut_points(self, key: str) -> tuple[int, ...]:
        """Four growing integers."""
        value = self._value(key)
        if value is None:
            return (0, 1, 2, 3)
        integers = isinstance(value, list) and all(type(each) is int and each >= 0 for each in value)
        if not integers or len(value) != 4 or any(low >= high for low, high in zip(value, value[1:], strict=False)):
            self.fault(key, f"is {_shown(value)}: four integers from 0 on, each above the one before, are needed")
            return (0, 1, 2, 3)
        return tuple(value)

    def _value(self, key: str, default: Any = None) -> Any:
        self.used.add(key)
        value = self.content.get(key, default)
        if value is None:
            self.fault(key, "is missing")
        return value

    def _place(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
