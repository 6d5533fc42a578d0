"""The JSON Schema of `[lifecycle]` and `[churn]`; bounds, words and defaults are those of the checks."""

from service.domain.policy import ChurnRules, LifecycleRules, Pace
from service.domain.policy_risk import LEVELS, MOST, STAGES
from service.domain.policy_schema_values import Schema, choice, integer, named, number, table
from service.domain.policy_schemes import MOST_DAYS


def lifecycle() -> Schema:
    """`[lifecycle]`."""
    default = LifecycleRules()
    loyal = {
        "entry": named("condition", "What makes a customer loyal; without it nobody is."),
        "keep": named("condition", "What keeps a customer loyal; the entry condition if left out."),
    }
    keys = {
        "typical_gap_days": integer(
            "The gap between purchases until three gaps are known.", 1, MOST_DAYS, default.typical_gap_days
        ),
        "dormant": _pace("When a customer is dormant.", default.dormant),
        "churned": _pace("When a customer has churned.", default.churned),
        "loyal": table("When a customer is loyal.", loyal, dependencies={"keep": ["entry"]}),
        "won_back_days": integer("How long a returned customer is won-back.", 0, MOST_DAYS, default.won_back_days),
    }
    return table("The stages of a customer.", keys)


def _pace(says: str, default: Pace) -> Schema:
    keys = {
        "gaps": number("So many typical gaps without a purchase ...", float(default.gaps), exclusiveMinimum=0, maximum=MOST_DAYS),
        "min_days": integer("... but not before so many days ...", 1, MOST_DAYS, default.min_days),
        "max_days": integer("... and not later than so many.", 1, MOST_DAYS, default.max_days),
    }
    return table(says, keys)


def churn() -> Schema:
    """`[churn]`."""
    default = ChurnRules()
    thresholds = {
        level: number(
            f"The probability from which the level is {level}.", default.thresholds[level], exclusiveMinimum=0, exclusiveMaximum=1
        )
        for level in LEVELS
    }
    floors = {stage: choice(f"The least level while the stage is {stage}.", LEVELS) for stage in STAGES}
    keys = {
        "horizon_days": integer("The risk is that of no order in so many days.", 1, MOST_DAYS, default.horizon_days),
        "tau_days": number("How fast the past fades, from `tiering fit`.", default.tau_days, exclusiveMinimum=0, maximum=MOST),
        "r": number("Shape of the order rate, from `tiering fit`.", default.r, minimum=0.001, maximum=MOST),
        "alpha_days": number("Scale of the order rate, from `tiering fit`.", default.alpha_days, minimum=0.1, maximum=MOST),
        "omega": number("Odds of leaving, from `tiering fit`; 0: nobody leaves.", default.omega, minimum=0, maximum=MOST),
        "kappa": number("How silence tells, from `tiering fit`.", default.kappa, minimum=0, maximum=MOST),
        "thresholds": table("Where the levels begin: 0 < medium < high < critical < 1.", thresholds),
        "margin": number("A level is left so far below its threshold.", default.margin, minimum=0, exclusiveMaximum=1),
        "floors": {**table("The least level shown in a stage; {} means none.", floors), "default": default.floors},
        "mean_order_minor": integer("The order of an unknown customer.", 0, 10**12, default.mean_order_minor),
        "weight": number("As how many orders mean_order_minor counts.", default.weight, exclusiveMinimum=0, maximum=MOST),
        "unhappy_score": integer("A rating at or below this raises the level.", 1, 5, default.unhappy_score),
        "unhappy_days": integer("For so many days.", 0, MOST_DAYS, default.unhappy_days),
        "complaint_days": integer("An open complaint raises it for so many days at most.", 0, MOST_DAYS, default.complaint_days),
    }
    return table("The risk of no order.", keys)
