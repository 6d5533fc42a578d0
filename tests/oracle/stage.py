"""The lifecycle stage: a customer's own rhythm, runs of purchases, loyalty."""

from datetime import date, timedelta
from math import ceil
from statistics import median
from typing import Any

from tests.oracle.measures import Moment, holds


def typical_gap(bought: list[date], rules: dict[str, Any]) -> float:
    """The median of the last eight gaps, once there are three, else the policy's."""
    gaps = [(later - earlier).days for earlier, later in zip(bought, bought[1:], strict=False)]
    return median(gaps[-8:]) if len(gaps) >= 3 else rules["typical_gap_days"]


def patience(bought: list[date], rules: dict[str, Any]) -> tuple[int, int]:
    """Days of silence after which a customer is dormant, and churned."""
    gap = typical_gap(bought, rules)

    def after(pace: dict[str, Any]) -> int:
        days = ceil(pace["gaps"] * int(2 * gap) / 2)
        return int(min(max(days, pace["min_days"]), pace["max_days"]))

    dormant = after(rules["dormant"])
    return dormant, max(after(rules["churned"]), dormant + 1)


def run_began(bought: list[date], rules_on: Any) -> date | None:
    """The first day of the present run, None when it is the customer's first.

    `rules_on(day)`: the rules by which a day was walked; where there were none, no gap was too long.
    """
    began = None
    for place in range(1, len(bought)):
        silence, rules = (bought[place] - bought[place - 1]).days, rules_on(bought[place])
        if rules and silence >= patience(bought[:place], rules)[1]:
            began = bought[place]
    return began


def is_loyal(loyal: bool, moment: Moment) -> bool:
    """Loyal by entry, or still loyal by keep."""
    rules = moment.programme.lifecycle
    if rules is None or rules["loyal"]["entry"] is None:
        return False
    return holds(rules["loyal"]["entry"], moment) or (loyal and holds(rules["loyal"]["keep"], moment))


def stage(loyal: bool, moment: Moment, rules_on: Any) -> str | None:
    """The stage at a moment; None without lifecycle in the policy."""
    rules, bought = moment.programme.lifecycle, moment.ledger.purchase_days(moment.known)
    if rules is None:
        return None
    if not bought:
        return "prospect"
    dormant, churned = patience(bought, rules)
    silence = (moment.day - bought[-1]).days
    if silence >= churned:
        return "churned"
    if silence >= dormant:
        return "dormant"
    began = run_began(bought, rules_on)
    if began is not None and (moment.day - began).days < rules["won_back_days"]:
        return "won-back"
    if loyal:
        return "loyal"
    return "new" if len(bought) == 1 else "repeat"


def outlook(moment: Moment) -> dict[str, Any]:
    """The rhythm and the days on which silence would change the stage."""
    rules, bought = moment.programme.lifecycle, moment.ledger.purchase_days(moment.known)
    assert rules is not None
    gap = float(typical_gap(bought, rules))
    if not bought:
        return {"typical_gap_days": gap, "dormant_on": None, "churned_on": None}
    dormant, churned = (bought[-1] + timedelta(days=days) for days in patience(bought, rules))
    return {"typical_gap_days": gap, "dormant_on": dormant.isoformat(), "churned_on": churned.isoformat()}
