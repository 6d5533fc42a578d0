"""`tiering policy`: check a policy file, show what it says."""

from pathlib import Path
from typing import Any

import click
import msgspec

from service.domain.policy import ChurnRules, Condition, Group, LifecycleRules, Policy, RollingHold, Scheme, TermHold
from service.domain.policy_file import PolicyError, parse_policy

_file = click.argument("file", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="For programs, on stdout.")


@click.group(name="policy", help="Check a policy file, show what it says.")
def command() -> None:
    """The group."""


@command.command(name="check", help="Exit 0 when the policy is good, 1 when it is not, 2 when it can't be read.")
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


@command.command(name="show", help="What a policy says, every default filled in.")
@_file
@_json
def show(file: Path, as_json: bool) -> None:
    """A policy in words, or as JSON."""
    policy, faults = _read(file)
    if policy is None:
        raise SystemExit(_refused(f"{file}: {len(faults)} faults, see `tiering policy check`; the first: {faults[0]}"))
    if as_json:
        _print({key: value for key, value in _plain(policy).items() if key != "text"})
    else:
        click.echo(summary(policy))


def summary(policy: Policy) -> str:
    """A few lines for a person: the frame, then every ladder with what each tier asks."""
    frame = policy.frame
    lines = [f"{policy.label}: days in {frame.time_zone}, amounts in {frame.currency}, events up to {frame.late_days} days late"]
    for scheme in policy.schemes:
        lines.append(f"{scheme.name}: {' < '.join(tier.name for tier in scheme.tiers)} ({_hold(scheme)})")
        for tier in scheme.tiers[1:]:
            keep = "" if tier.keep == tier.entry else f"; kept with {_words(tier.keep)}"
            lines.append(f"  {tier.name}: {_words(tier.entry)}{keep}")
    lines.append("segments: none" if policy.rfm is None else f"segments: by the last {policy.rfm.window_days} days")
    lines.append("stages: none" if policy.lifecycle is None else _stages(policy.lifecycle))
    lines.append("churn risk: none" if policy.churn is None else _levels(policy.churn))
    return "\n".join(lines)


def _stages(rules: LifecycleRules) -> str:
    dormant, churned = (f"{pace.gaps} gaps ({pace.min_days} to {pace.max_days} days)" for pace in (rules.dormant, rules.churned))
    return f"stages: dormant after {dormant}, churned after {churned}, loyal with {_words(rules.loyal_entry)}"


def _levels(rules: ChurnRules) -> str:
    levels = ", ".join(f"{level} from {threshold}" for level, threshold in rules.thresholds.items())
    return f"churn risk: of no order in {rules.horizon_days} days: {levels}"


def _hold(scheme: Scheme) -> str:
    hold, slow = scheme.hold, _pace(scheme)
    if isinstance(hold, TermHold):
        length = f"{hold.months} months" if hold.months else f"{hold.days} days" if hold.days else "a calendar year"
        return f"held for {length}, {hold.grace_days} days of grace, then {scheme.on_loss}{slow}"
    asked = "every day" if hold.check == "daily" else "on the first of each month"
    return f"asked {asked}, lost after more than {hold.grace_days} failed checks, then {scheme.on_loss}{slow}"


def _pace(scheme: Scheme) -> str:
    limit = scheme.max_downgrades
    pace = (
        "" if limit is None else f", at most {limit.count} in {limit.days or limit.months} {'days' if limit.days else 'months'}"
    )
    return pace if scheme.notice_days is None else f"{pace}, notice {scheme.notice_days} days ahead"


def _words(condition: Condition | None) -> str:
    if isinstance(condition, Group):
        parts = "; ".join(f"({_words(part)})" if isinstance(part, Group) else _words(part) for part in condition.of)
        if len(condition.of) == 1:
            return parts
        return f"all of: {parts}" if condition.need == len(condition.of) else f"{condition.need} of: {parts}"
    if condition is None:
        return "nothing"
    window = "" if condition.window is None else f" over {condition.window.text}"
    return f"{condition.measure} of {condition.at_least} or more{window}"


def _plain(policy: Policy) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(policy, enc_hook=str)
    for scheme, shown in zip(policy.schemes, plain["schemes"], strict=True):
        shown["hold"]["kind"] = "rolling" if isinstance(scheme.hold, RollingHold) else "term"
        for tier, tier_shown in zip(scheme.tiers, shown["tiers"], strict=True):
            tier_shown["entry"], tier_shown["keep"] = _condition(tier.entry), _condition(tier.keep)
    if policy.lifecycle is not None:
        rules = policy.lifecycle
        plain["lifecycle"] |= {"loyal_entry": _condition(rules.loyal_entry), "loyal_keep": _condition(rules.loyal_keep)}
    return plain


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if isinstance(condition, Group):
        return {"need": condition.need, "of": [_condition(part) for part in condition.of]}
    if condition is None:
        return None
    window = {} if condition.window is None else {"window": condition.window.text}
    return {"measure": condition.measure, **window, "at_least": condition.at_least}


def _print(content: dict[str, Any]) -> None:
    click.echo(msgspec.json.encode(content).decode())


def _read(file: Path) -> tuple[Policy | None, list[str]]:
    try:
        return parse_policy(file.read_text(encoding="utf-8")), []
    except PolicyError as error:
        return None, str(error).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(_refused(f"{file} can't be read: {error}")) from error


def _refused(message: str) -> int:
    click.echo(message, err=True)
    return 2
