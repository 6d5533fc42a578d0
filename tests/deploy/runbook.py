"""The alert part of the runbook, deploy/README.md from ## Alerts on, and what it has people run."""

import re
from collections.abc import Iterator

import click

from service.commands.main import tiering
from tests.deploy.rule_files import DEPLOY

TEXT = (DEPLOY / "README.md").read_text().partition("## Alerts\n")[2]
PARTS = ("Means", "Felt", "Look", "Do", "Wake")


def sections() -> dict[str, str]:
    """The text under each heading."""
    _, *found = re.split(r"^### (\w+)\n", TEXT, flags=re.MULTILINE)
    return dict(zip(found[::2], found[1::2], strict=True))


def queries() -> list[str]:
    """What Prometheus is asked."""
    return re.findall(r"\bask '([^']+)'", TEXT)


def log_events() -> set[str]:
    """The lines of the log that people are told to look for."""
    return set(re.findall(r"the line `([a-z-]+)`", TEXT))


def commands() -> set[str]:
    """The service's own commands, with their arguments."""
    blocks, spans = re.findall(r"^```sh\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE), re.findall(r"`([^`\n]+)`", TEXT)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    return {code.strip() for code in (*lines, *spans) if code.startswith("tiering ")}


def unknown(command: str) -> Iterator[str]:
    """The words of a command that the command line does not know."""
    _, *words = command.split()
    at: click.Command = tiering
    while words and isinstance(at, click.Group):
        word = words.pop(0)
        found = at.get_command(click.Context(at), word)
        if found is None:
            yield word
            return
        at = found
    options = {option for parameter in at.params for option in parameter.opts}
    yield from (word for word in words if word.startswith("--") and word not in options)
