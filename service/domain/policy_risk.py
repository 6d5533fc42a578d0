"""The `[lifecycle]` and `[churn]` sections of a policy file."""

from service.domain.policy import ChurnRules, LifecycleRules, Pace
from service.domain.policy_conditions import condition
from service.domain.policy_schemes import MOST_DAYS
from service.domain.policy_table import Table

STAGES = ("new", "repeat", "loyal", "won-back", "dormant", "churned")
"""The stages that may have a floor: all but prospect, who has no level."""

LEVELS = ("medium", "high", "critical")
MOST = 10**12
"""Of every number of the model: enough to switch a part of it off (a tau of a billion days forgets nothing), little enough
that nothing overflows."""


def lifecycle(table: Table) -> LifecycleRules:
    """The stages of a customer; every key may be left out."""
    default = LifecycleRules()
    loyal = table.table("loyal", optional=True)
    if "keep" in loyal and "entry" not in loyal:
        loyal.fault("entry", "loyal.keep alone says nothing, an entry condition is needed")
    entry = condition(loyal.table("entry"), term=False) if "entry" in loyal else None
    keep = condition(loyal.table("keep"), term=False) if "keep" in loyal else entry
    loyal.know("entry", "keep")
    loyal.close()
    rules = LifecycleRules(
        typical_gap_days=table.integer("typical_gap_days", 1, MOST_DAYS, default=default.typical_gap_days),
        dormant=_pace(table.table("dormant", optional=True), default.dormant),
        churned=_pace(table.table("churned", optional=True), default.churned),
        loyal_entry=entry,
        loyal_keep=keep,
        won_back_days=table.integer("won_back_days", 0, MOST_DAYS, default=default.won_back_days),
    )
    table.close()
    return rules


def _pace(table: Table, default: Pace) -> Pace:
    gaps = table.number("gaps", "0", MOST_DAYS, above=True, default=default.gaps)
    least = table.integer("min_days", 1, MOST_DAYS, default=default.min_days)
    most = table.integer("max_days", 1, MOST_DAYS, default=default.max_days)
    if least > most:
        table.faults.add(table.path("min_days"), f"is {least}: at most max_days, {most}, is allowed")
    table.close()
    return Pace(gaps, least, most)


def churn(table: Table) -> ChurnRules:
    """The churn model; every key may be left out."""
    default = ChurnRules()

    def number(key: str, least: str, *, above: bool = False) -> float:
        return float(table.number(key, least, MOST, above=above, default=getattr(default, key)))

    rules = ChurnRules(
        horizon_days=table.integer("horizon_days", 1, MOST_DAYS, default=default.horizon_days),
        tau_days=number("tau_days", "0", above=True),
        r=number("r", "0.001"),
        alpha_days=number("alpha_days", "0.1"),
        omega=number("omega", "0"),
        kappa=number("kappa", "0"),
        thresholds=_thresholds(table.table("thresholds", optional=True), default.thresholds),
        margin=float(table.number("margin", "0", 1, default=default.margin)),
        floors=_floors(table.table("floors")) if "floors" in table else default.floors,
        mean_order_minor=table.integer("mean_order_minor", 0, 10**12, default=default.mean_order_minor),
        weight=number("weight", "0", above=True),
        unhappy_score=table.integer("unhappy_score", 1, 5, default=default.unhappy_score),
        unhappy_days=table.integer("unhappy_days", 0, MOST_DAYS, default=default.unhappy_days),
        complaint_days=table.integer("complaint_days", 0, MOST_DAYS, default=default.complaint_days),
    )
    _check_levels(table, rules)
    table.know("floors")
    table.close()
    return rules


def limit(rules: ChurnRules) -> float:
    """What p tends to when a customer stays silent for ever."""
    if rules.omega > 0 and rules.kappa > 0:
        return 1.0
    some_order: float = 1 - (1 + rules.horizon_days / (rules.alpha_days + rules.tau_days)) ** -rules.r
    return 1 - some_order / (1 + rules.omega)


def _thresholds(table: Table, default: dict[str, float]) -> dict[str, float]:
    found = {level: float(table.number(level, "0", 1, above=True, default=default[level])) for level in LEVELS}
    table.close()
    return found


def _floors(table: Table) -> dict[str, str]:
    found = {stage: table.choice(stage, LEVELS) for stage in STAGES if stage in table}
    table.know(*STAGES)
    table.close()
    return found


def _check_levels(table: Table, rules: ChurnRules) -> None:
    place, lower, most = table.path("thresholds"), 0.0, limit(rules)
    for level, threshold in rules.thresholds.items():
        if threshold >= 1 or threshold <= lower:
            table.faults.add(f"{place}.{level}", f"is {threshold}: 0 < medium < high < critical < 1 is needed")
        elif threshold >= most:
            text = f"is {threshold}: below {most:.6g} is needed, for with omega or kappa 0 p never rises above that"
            table.faults.add(f"{place}.{level}", text)
        lower = threshold
    if rules.margin >= rules.thresholds["medium"]:
        allowed = f"below thresholds.medium, {rules.thresholds['medium']}, is allowed"
        table.faults.add(table.path("margin"), f"is {rules.margin}: {allowed}")
