"""What a policy says, in words."""

from service.domain.policy import ChurnRules, Condition, Group, LifecycleRules, Policy, Scheme, TermHold


def summary(policy: Policy) -> str:
    """A few lines for a person: the frame, then every ladder with what each tier asks."""
    frame = policy.frame
    lines = [f"{policy.label}: days in {frame.time_zone}, amounts in {frame.currency}, events up to {frame.late_days} days late"]
    for scheme in policy.schemes:
        lines.append(f"{scheme.name}: {' < '.join(tier.name for tier in scheme.tiers)} ({hold(scheme)})")
        for tier in scheme.tiers[1:]:
            keep = "" if tier.keep == tier.entry else f"; kept with {condition(tier.keep)}"
            lines.append(f"  {tier.name}: {condition(tier.entry)}{keep}")
    lines.append("segments: none" if policy.rfm is None else f"segments: by the last {policy.rfm.window_days} days")
    lines.append("stages: none" if policy.lifecycle is None else _stages(policy.lifecycle))
    lines.append("churn risk: none" if policy.churn is None else _levels(policy.churn))
    return "\n".join(lines)


def condition(asked: Condition | None) -> str:
    """What a tier asks."""
    if isinstance(asked, Group):
        parts = "; ".join(f"({condition(part)})" if isinstance(part, Group) else condition(part) for part in asked.of)
        if len(asked.of) == 1:
            return parts
        return f"all of: {parts}" if asked.need == len(asked.of) else f"{asked.need} of: {parts}"
    if asked is None:
        return "nothing"
    window = "" if asked.window is None else f" over {asked.window.text}"
    return f"{asked.measure} of {asked.at_least} or more{window}"


def hold(scheme: Scheme) -> str:
    """How a tier is held, and what becomes of who loses it."""
    held, slow = scheme.hold, _pace(scheme)
    if isinstance(held, TermHold):
        length = f"{held.months} months" if held.months else f"{held.days} days" if held.days else "a calendar year"
        return f"held for {length}, {held.grace_days} days of grace, then {scheme.on_loss}{slow}"
    asked = "every day" if held.check == "daily" else "on the first of each month"
    return f"asked {asked}, lost after more than {held.grace_days} failed checks, then {scheme.on_loss}{slow}"


def _pace(scheme: Scheme) -> str:
    limit = scheme.max_downgrades
    pace = ""
    if limit is not None:
        pace = f", at most {limit.count} in {limit.days or limit.months} {'days' if limit.days else 'months'}"
    return pace if scheme.notice_days is None else f"{pace}, notice {scheme.notice_days} days ahead"


def _stages(rules: LifecycleRules) -> str:
    dormant, churned = (f"{pace.gaps} gaps ({pace.min_days} to {pace.max_days} days)" for pace in (rules.dormant, rules.churned))
    return f"stages: dormant after {dormant}, churned after {churned}, loyal with {condition(rules.loyal_entry)}"


def _levels(rules: ChurnRules) -> str:
    levels = ", ".join(f"{level} from {threshold}" for level, threshold in rules.thresholds.items())
    return f"churn risk: of no order in {rules.horizon_days} days: {levels}"
