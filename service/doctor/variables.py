"""The variables: that each TIERING_* one is known, holds what it may hold, and that files which they name can be read."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from service.doctor.finding import WRONG_USE, Finding, fail, ok, several, warn
from service.environment import PREFIX
from service.settings import Settings, SettingsError, variables

CHECK = "settings"
_KUBERNETES = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$")
"""What Kubernetes adds for every service whose name begins with tiering-."""


def look(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, None when they can't be read, and what was found."""
    known = {name for name, _ in variables()}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known and not _KUBERNETES.search(name))
    findings = [judge(name, known) for name in unknown]
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        return None, [*findings, *(_value(fault) for fault in str(error).split("; "))]
    findings += unreadable(settings)
    used = sorted(name for name in known if environ.get(name, "").strip())
    return settings, findings or [ok(CHECK, f"{several(used, most=20)}; the rest by default" if used else "all by default")]


def judge(name: str, known: Iterable[str]) -> Finding:
    """An unknown variable: one that looks like a known one is a slip."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.75)
    if near:
        return fail(CHECK, f"{name} is no variable of this service, so it has no effect", f"rename it to {near[0]}, or unset it")
    return warn(CHECK, f"{name} is no variable of this service", f"unset {name} (`tiering worker --help` lists them all)")


def unreadable(settings: Settings) -> list[Finding]:
    """The files that are named and can't be read; the policy file has a check of its own."""
    findings = []
    for name in settings.__dataclass_fields__:
        path = getattr(settings, name)
        if isinstance(path, Path) and name != "policy":
            try:
                path.open("rb").close()
            except OSError as error:
                do = f"correct {PREFIX}{name.upper()}, or who may read the file"
                findings.append(fail(CHECK, f"{path} can't be read ({error.strerror})", do))
    return findings


def _value(fault: str) -> Finding:
    what, _, allowed = fault.rpartition(": ")
    do = f"set it to what is {allowed}" if allowed.startswith("allowed") else allowed
    return fail(CHECK, what, do)._replace(code=WRONG_USE)
