"""A policy as plain values, for programs and for comparing two."""

from typing import Any

import msgspec

from service import policy_words
from service.domain.policy import Condition, Group, Policy, RollingHold


def values(policy: Policy) -> dict[str, Any]:
    """All that a policy says, every default filled in, as JSON has it."""
    found: dict[str, Any] = msgspec.to_builtins(policy, enc_hook=str)
    del found["text"]
    for scheme, shown in zip(policy.schemes, found["schemes"], strict=True):
        shown["hold"]["kind"] = "rolling" if isinstance(scheme.hold, RollingHold) else "term"
        for tier, tier_shown in zip(scheme.tiers, shown["tiers"], strict=True):
            tier_shown["entry"], tier_shown["keep"] = _condition(tier.entry), _condition(tier.keep)
    if policy.lifecycle is not None:
        rules = policy.lifecycle
        found["lifecycle"] |= {"loyal_entry": _condition(rules.loyal_entry), "loyal_keep": _condition(rules.loyal_keep)}
    return found


def differences(before: Policy, after: Policy) -> dict[str, tuple[str | None, str | None]]:
    """Each thing that two policies say differently, by its dotted name: (before, after), None where one says nothing."""
    one, other = _lines(before), _lines(after)
    names = [*other, *(name for name in one if name not in other)]
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _lines(policy: Policy) -> dict[str, str]:
    found = values(policy)
    lines: dict[str, str] = {}
    for part in ("frame", "rfm", "lifecycle", "churn", "engagement"):
        for key, value in (found[part] or {}).items():
            lines[f"{part}.{key}"] = msgspec.json.encode(value).decode()
    for scheme in policy.schemes:
        lines[f"scheme.{scheme.name}"] = " < ".join(tier.name for tier in scheme.tiers)
        lines[f"scheme.{scheme.name}.hold"] = policy_words.hold(scheme)
        for tier in scheme.tiers[1:]:
            lines[f"scheme.{scheme.name}.{tier.name}.entry"] = policy_words.condition(tier.entry)
            lines[f"scheme.{scheme.name}.{tier.name}.keep"] = policy_words.condition(tier.keep)
    if policy.lifecycle is not None:
        lines["lifecycle.loyal_entry"] = policy_words.condition(policy.lifecycle.loyal_entry)
        lines["lifecycle.loyal_keep"] = policy_words.condition(policy.lifecycle.loyal_keep)
    return lines


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if isinstance(condition, Group):
        return {"need": condition.need, "of": [_condition(part) for part in condition.of]}
    if condition is None:
        return None
    window = {} if condition.window is None else {"window": condition.window.text}
    return {"measure": condition.measure, **window, "at_least": condition.at_least}
