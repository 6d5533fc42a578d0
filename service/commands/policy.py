"""`tiering policy`: check a policy file, show what it says, compare two, put one in force."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from service import startup
from service.activation import NotAllowed, activate, takes_over
from service.active_policies import ActivePolicy, active_policies
from service.commands.deployment import deployment, said
from service.domain.policy import Policy
from service.domain.policy_change import refusal
from service.domain.policy_file import PolicyError, parse_policy
from service.faust_safe.reader import Reader
from service.policy_values import differences, values
from service.policy_words import summary
from service.settings import Settings

_file = click.argument("file", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="For programs, on stdout.")


@click.group(name="policy", help="Check a policy file, show what it says, compare two, put one in force.")
def command() -> None:
    """The group."""


@command.command(
    name="check",
    short_help="Name every fault of a policy file",
    help="Exit 0 when the policy is good, 1 when it is not, 2 when it can't be read.",
)
@_file
@_json
def check(file: Path, as_json: bool) -> None:
    """Name every fault of a policy file."""
    policy, faults = _read(file)
    if as_json:
        _print({"file": str(file), "ok": not faults, "faults": faults})
    for fault in faults:
        click.echo(f"{file}: {fault}", err=True)
    if policy is None:
        raise SystemExit(1)
    if not as_json:
        click.echo("ok")
        click.echo(summary(policy), err=True)


@command.command(
    name="show",
    short_help="What a policy says, or those in force",
    help="What a policy file says, every default filled in; without FILE the policies in force.",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_json
def show(file: Path | None, as_json: bool) -> None:
    """A policy in words, or as JSON."""
    if file is not None:
        policy = _good(file)
        if as_json:
            _print(values(policy))
        else:
            click.echo(summary(policy))
        return
    active = _in_force()
    if as_json:
        _print([_state(each) for each in active])
        return
    for each in active:
        coming = "" if each.coming is each.policy else f", {each.coming.label} is coming"
        behind = f", some customers still under {', '.join(each.earlier)}" if each.earlier else ""
        click.echo(
            f"partition {each.partition}: {each.policy.label}{coming}{behind} (read up to {each.next} of {each.end})", err=True
        )
    click.echo(summary(max(active, key=lambda each: each.policy.version).policy))


@command.command(
    name="diff",
    short_help="What one says otherwise than another",
    help="What NEW says otherwise than OLD, or than the policy in force; exit 1 when it could not follow.",
)
@click.argument("files", metavar="[OLD] NEW", nargs=-1, type=click.Path(path_type=Path))
@_json
def diff(files: tuple[Path, ...], as_json: bool) -> None:
    """The differences, a line each, and whether a running log could change to the new one."""
    if not 1 <= len(files) <= 2:
        raise click.UsageError("give one policy file, to compare with the policy in force, or two")
    after = _good(files[-1])
    before = _good(files[0]) if len(files) == 2 else min(_in_force(), key=lambda each: each.coming.version).coming
    found, why = differences(before, after), _why_not(after, before)
    if as_json:
        changes = {name: {"before": one, "after": two} for name, (one, two) in found.items()}
        _print({"before": before.label, "after": after.label, "changes": changes, "refused": why})
    else:
        click.echo(f"{before.label} -> {after.label}: {len(found) or 'no'} differences", err=True)
        for name, (one, two) in found.items():
            click.echo(f"{name}\n  - {one or 'nothing'}\n  + {two or 'nothing'}")
    if why:
        raise SystemExit(said(why, 1))


@command.command(
    name="activate",
    short_help="Put a policy in force",
    help="Put a policy in force: write it into every partition of the log that is under an older one.",
)
@_file
def activate_command(file: Path) -> None:
    """Refused as a whole when one partition could not follow."""
    policy = _good(file)
    with deployment() as settings:
        try:
            written = asyncio.run(activate(settings, policy))
        except NotAllowed as why:
            raise SystemExit(said(str(why), 2)) from why
    if not written:
        click.echo(f"{policy.label} is in force in all partitions already", err=True)
        return
    click.echo(f"{policy.label} is written into {len(written)} partitions; the workers take it up as they read on, see", err=True)
    click.echo("`tiering policy show`. Give the workers this file too: one with an older file changes nothing.", err=True)


def _in_force() -> list[ActivePolicy]:
    with deployment() as settings:
        return asyncio.run(_active(settings))


async def _active(settings: Settings) -> list[ActivePolicy]:
    await startup.check(replace(settings, policy=None))
    reader = Reader(settings.cluster)
    try:
        return await active_policies(reader, settings)
    finally:
        await reader.stop()


def _state(active: ActivePolicy) -> dict[str, Any]:
    return {
        "partition": active.partition,
        "policy": active.policy.label,
        "earlier": active.earlier,
        "coming": active.coming.label,
        "next": active.next,
        "end": active.end,
        "log_id": active.log_id,
    }


def _why_not(after: Policy, before: Policy) -> str | None:
    try:
        takes_over(after, before)
    except NotAllowed as why:
        return str(why)
    return refusal(before, after)


def _print(content: object) -> None:
    click.echo(msgspec.json.encode(content).decode())


def _good(file: Path) -> Policy:
    policy, faults = _read(file)
    if policy is None:
        raise SystemExit(said(f"{file}: {len(faults)} faults, see `tiering policy check`; the first: {faults[0]}", 2))
    return policy


def _read(file: Path) -> tuple[Policy | None, list[str]]:
    try:
        return parse_policy(file.read_text(encoding="utf-8")), []
    except PolicyError as error:
        return None, str(error).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(said(f"{file} can't be read: {error}", 2)) from error
