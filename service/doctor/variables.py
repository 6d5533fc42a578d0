"""The variables: that each TIERING_* one is known and holds what it may, and that they go together."""

import re
from collections.abc import Iterable, Iterator, Mapping

from service.doctor.finding import Finding, fail, ok, several
from service.exit_codes import WRONG_USE
from service.settings import QUERY, Settings, SettingsError, variables

CHECK = "settings"
_UNKNOWN = re.compile(r"(?P<name>\w+) is no setting: is (?P<near>\w+) meant\?")
_NOT_ALLOWED = re.compile(r"(?P<what>.+?): allowed (?:is|are) (?P<allowed>.+)")
_UNREADABLE = re.compile(
    r"(?P<what>(?:(?P<name>\w+): )?.+(?: can't be read|, which is (?:empty|not a text)).*?)(?: \((?P<names>TIERING[^)]+)\))?"
)
_NOT_SET = re.compile(r"(?P<name>\w+) is not set, and .+ needs it")


def look(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, None when they can't be read, and what was found."""
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        return None, [judge(fault) for fault in error.faults]
    used = [name for name, _ in variables() if environ.get(name, "").strip() or environ.get(f"{name}_FILE", "").strip()]
    fine = ok(CHECK, f"{several(used)}; the rest by default" if used else "all by default")
    return settings, [judge(fault) for fault in _faults_of_the_query(settings, used)] or [fine]


def _faults_of_the_query(settings: Settings, used: Iterable[str]) -> Iterator[str]:
    """What `tiering serve` would refuse, where something says how it is reached."""
    if any(name.startswith(QUERY) for name in used):
        yield from settings.query_access.faults(settings.query, production=settings.env == "production")


def judge(fault: str) -> Finding:
    """A fault as a worker would say it, and what to do."""
    if unknown := _UNKNOWN.fullmatch(fault):
        what, do = f"{unknown['name']} is no setting", f"rename it to {unknown['near']}, or unset it"
    elif said := _NOT_ALLOWED.fullmatch(fault):
        what = said["what"] if " is " in said["what"] else f"{said['what']} holds what is not allowed"
        do = f"set it to {said['allowed']}"
    elif said := _UNREADABLE.fullmatch(fault):
        name = said["names"] or f"{said['name']}_FILE"
        what, do = said["what"], f"correct {name}, or the file and who may read it"
    elif said := _NOT_SET.fullmatch(fault):
        what, do = fault, f"set {said['name']}"
    else:
        what, _, do = fault.rpartition(": ")
    return fail(CHECK, what, do)._replace(code=WRONG_USE)
