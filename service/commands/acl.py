"""`tiering topics acl`: the rights at Kafka that everybody needs, for people, for programs, and for Kafka's own tool."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import click
import msgspec

from service.access.rights import HOLDERS, Right, principals, rights
from service.commands.deployment import deployment

_PRINCIPAL = re.compile(r"\w+:.+")


def _chosen(context: click.Context, parameter: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    chosen = {}
    for each in given:
        holder, _, principal = each.partition("=")
        if holder not in HOLDERS or not _PRINCIPAL.fullmatch(principal):
            raise click.BadParameter(f"{each!r}: it may be {'|'.join(HOLDERS)}=User:NAME")
        chosen[holder] = principal
    return chosen


@click.command(
    name="acl",
    help="The rights (ACLs) at Kafka that each role, the operator (topics, rebuild, dead-letters, ...), producers and readers of"
    " announcements need, and no more. Nothing is changed. Readers need Read on their own consumer groups besides.",
)
@click.option("--role", type=click.Choice(HOLDERS), help="Only these.")
@click.option(
    "--principal", "chosen", multiple=True, callback=_chosen, metavar="ROLE=User:NAME", help="Who that is (User:tiering-ROLE)."
)
@click.option("--commands", "as_commands", is_flag=True, help="Arguments of kafka-acls.sh, a line each.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(role: str | None, chosen: dict[str, str], as_commands: bool, as_json: bool) -> None:
    """Print them."""
    with deployment() as settings:
        known = principals(settings) | chosen
        wanted = {holder: rights(settings, holder) for holder in ([role] if role else HOLDERS)}
    if as_json:
        click.echo(msgspec.json.encode([each for holder in wanted for each in _values(holder, known[holder], wanted[holder])]))
        return
    for holder, held in wanted.items():
        for line in _commands(known[holder], held) if as_commands else _lines(holder, known[holder], held):
            click.echo(line)


def _values(holder: str, principal: str, held: Sequence[Right]) -> Iterator[Mapping[str, object]]:
    for resource, name, operations, why, prefixed in held:
        pattern = "prefixed" if prefixed else "literal"
        yield {
            "role": holder, "principal": principal, "resource": resource, "name": name, "pattern": pattern,
            "operations": operations, "why": why,
        }  # fmt: skip


def _lines(holder: str, principal: str, held: Sequence[Right]) -> Iterator[str]:
    yield f"{holder}: {principal}"
    width = max(len(right.name) for right in held) + 1
    for resource, name, operations, why, prefixed in held:
        shown = f"{name}*" if prefixed else name
        yield f"  {resource:17}{shown:{width}}  {', '.join(operations):37}{why}"


def _commands(principal: str, held: Sequence[Right]) -> Iterator[str]:
    """One line for all resources of which the same is needed."""
    for (resource, operations, prefixed), same in groupby(sorted(held, key=_alike), key=_alike):
        options = [f"--operation {operation}" for operation in operations]
        options += [f"--{resource} {right.name}" for right in same]
        options += ["--resource-pattern-type prefixed"] if prefixed else []
        yield f"--add --allow-principal {principal} {' '.join(options)}"


def _alike(right: Right) -> tuple[str, tuple[str, ...], bool]:
    return right.resource, right.operations, right.prefixed
