"""The variables: that each TIERING_* one is known and holds what it may, and that they go together."""

import re
from collections.abc import Mapping

from service.doctor.finding import WRONG_USE, Finding, fail, ok, several
from service.settings import Settings, SettingsError, variables

CHECK = "settings"
_UNKNOWN = re.compile(r"(?P<name>\w+) is no setting: is (?P<near>\w+) meant\?")


def look(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, None when they can't be read, and what was found."""
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        return None, [judge(fault) for fault in error.faults]
    used = [name for name, _ in variables() if environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip()]
    return settings, [ok(CHECK, f"{several(used)}; the rest by default" if used else "all by default")]


def judge(fault: str) -> Finding:
    """A fault as a worker would say it, and what to do."""
    if unknown := _UNKNOWN.fullmatch(fault):
        what, do = f"{unknown['name']} is no setting", f"rename it to {unknown['near']}, or unset it"
    else:
        what, _, do = fault.rpartition(": ")
        do = f"set it to what is {do}" if do.startswith("allowed") else do
    return fail(CHECK, what, do)._replace(code=WRONG_USE)
