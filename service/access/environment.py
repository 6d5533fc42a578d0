"""The environment as settings are read from it: secrets also by file, and no variable that nobody knows."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

PREFIX = "TIERING_"
FILE = "_FILE"
ELSEWHERE = frozenset({"TIERING_COMPILED", "TIERING_EXAMPLES", "TIERING_SCHEDULES"})
"""Not settings of a deployment: the build and the tests look at these."""
# Kubernetes tells every pod of every Service in its namespace, and one may be called tiering-intake.
_SERVICE_LINK = re.compile(r"\w+_SERVICE_HOST|\w+_SERVICE_PORT(_\w+)?|\w+_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?")

Read = Callable[[str], Any]
"""Makes the value of a text, or raises ValueError that says what is allowed."""


class Hidden(NamedTuple):
    """Reads a text that no message may show, and that may come by file."""

    read: Read


class Environment:
    """Reads groups of variables; `faults` says in a sentence each what is wrong with them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.faults: list[str] = []
        self.known = set(ELSEWHERE)

    def read(self, prefix: str, readers: Mapping[str, Read | Hidden]) -> dict[str, Any]:
        """The values of a group by field, without those that are absent or blank."""
        found = ((field, self._value(prefix + field.upper(), reader)) for field, reader in readers.items())
        return {field: value for field, value in found if value is not None}

    def pass_over(self, prefix: str, readers: Mapping[str, Read | Hidden]) -> dict[str, Any]:
        """No value of a group that this process has no use for; its variables may hold anything."""
        for field, reader in readers.items():
            self._know(prefix + field.upper(), reader)
        return {}

    def unknown(self) -> Iterator[str]:
        """Variables that nothing has read, each with the one that may be meant."""
        for name in sorted(self.variables):
            if name.startswith(PREFIX) and name not in self.known and not _SERVICE_LINK.fullmatch(name):
                yield f"{name} is no setting: is {_nearest(name, self.known - ELSEWHERE)} meant?"

    def _value(self, name: str, reader: Read | Hidden) -> Any:
        self._know(name, reader)
        hidden = isinstance(reader, Hidden)
        text = self.variables.get(name, "").strip()
        try:
            if isinstance(reader, Hidden):
                text = self._secret(name)
                return reader.read(text) if text else None
            return reader(text) if text else None
        except ValueError as error:
            self.faults.append(f"{name}: {error}" if hidden else f"{name} is {text!r}: {error}")
            return None

    def _know(self, name: str, reader: Read | Hidden) -> None:
        self.known |= {name, name + FILE} if isinstance(reader, Hidden) else {name}

    def _secret(self, name: str) -> str:
        given, path = self.variables.get(name, ""), self.variables.get(name + FILE, "").strip()
        if not path:
            return given if given.strip() else ""
        if given.strip():
            raise ValueError(f"set either this or {name}{FILE}, not both")
        try:
            text = Path(path).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise ValueError(f"{name}{FILE} is {path}, which is not a text") from None
        except OSError as error:
            raise ValueError(f"{name}{FILE} is {path}, which can't be read: {error.strerror}") from None
        if not text.strip():
            raise ValueError(f"{name}{FILE} is {path}, which is empty")
        return text


def _nearest(name: str, known: Iterable[str]) -> str:
    return get_close_matches(name, sorted(known), n=1, cutoff=0.0)[0]
