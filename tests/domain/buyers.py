"""Days of buyers, and what the churn model says of them."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain import churn, churn_model
from service.domain.churn import ChurnState
from service.domain.churn_model import Outlook
from service.domain.policy import ChurnRules

RULES = ChurnRules()
FORTNIGHT = replace(RULES, horizon_days=14, tau_days=60.0, r=0.531, omega=0.0011, kappa=0.60)
WEEKLY, DAILY, IRREGULAR = range(0, 70, 7), range(365), (0, 3, 4, 20, 51, 52)


def state_after(days: Sequence[int], rules: ChurnRules = RULES) -> ChurnState:
    """The state of a customer who bought on these days."""
    state = ChurnState()
    for day in days:
        state = churn.counted(state, day, rules)
    return state


def outlook(days: Sequence[int], day: int, rules: ChurnRules = RULES) -> Outlook:
    return churn_model.outlook(rules, state_after(days, rules).weight, days[0], days[-1], day)
