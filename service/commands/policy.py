"""`tiering policy`: check a policy file, show what it says."""

from pathlib import Path

import click
import msgspec

from service.domain.policy import Policy
from service.domain.policy_file import PolicyError, parse_policy


@click.group(name="policy", help="Check a policy file, show what it says.")
def command() -> None:
    """The group."""


@command.command(name="check", help="Exit 0 when the policy is good, 1 when it is not, 2 when it can't be read.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(file: Path, as_json: bool) -> None:
    """Name every fault of a policy file."""
    faults = _faults(file)
    if as_json:
        click.echo(msgspec.json.encode({"file": str(file), "faults": faults}).decode())
    for fault in faults:
        click.echo(f"{file}: {fault}", err=True)
    if faults:
        raise SystemExit(1)
    if not as_json:
        click.echo(f"{file}: ok, {_summary(parse_policy(_text(file)))}", err=True)


@command.command(name="show", help="What a policy says, in words.")
@click.argument("file", type=click.Path(path_type=Path))
def show(file: Path) -> None:
    """A policy's ladders."""
    faults = _faults(file)
    if faults:
        raise SystemExit(_refused(f"{file}: {faults[0]}"))
    policy = parse_policy(_text(file))
    click.echo(f"{policy.label}: days in {policy.frame.time_zone}, amounts in {policy.frame.currency}")
    for scheme in policy.schemes:
        click.echo(f"{scheme.name}: {' < '.join(tier.name for tier in scheme.tiers)}")


def _summary(policy: Policy) -> str:
    ladders = "; ".join(f"{scheme.name} of {len(scheme.tiers)} tiers" for scheme in policy.schemes)
    return f"{policy.label}: {ladders or 'no tiers'}"


def _faults(file: Path) -> list[str]:
    try:
        parse_policy(_text(file))
    except PolicyError as error:
        return str(error).splitlines()
    return []


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(_refused(f"{file} can't be read: {error}")) from error


def _refused(message: str) -> int:
    click.echo(message, err=True)
    return 2
