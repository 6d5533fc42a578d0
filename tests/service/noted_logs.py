"""Policies and customers most of whose orders are noted."""

from tests import builders
from tests.builders import order
from tests.service.noting import Log

SPEND = """
[[scheme]]
name = "membership"
hold = { kind = "rolling", grace_days = 0 }

[[scheme.tier]]
name = "regular"

[[scheme.tier]]
name = "silver"
entry = { all = [{ measure = "spend_minor", window = "rolling 30", at_least = 5000 }] }
"""
STAGES = """
[lifecycle]
typical_gap_days = 5
dormant = { gaps = 3.0, min_days = 15, max_days = 40 }
churned = { gaps = 6.0, min_days = 50, max_days = 90 }
loyal.entry = { all = [{ measure = "orders", window = "rolling 20", at_least = 6 }] }
"""
PLAIN = builders.FRAME + SPEND
RISKY = PLAIN + "[churn]\n"
STAGED = PLAIN + STAGES
WHOLE = builders.FRAME + builders.RFM + SPEND + STAGES + "[churn]\n"
BROADER = PLAIN.replace("version = 1", "version = 2").replace("5000", "300")


def log_of(*events: bytes, text: str = PLAIN) -> Log:
    """A log of these events, a step each."""
    log = Log()
    log.activate(text)
    log.send_each(*events)
    return log


def with_notes(text: str = PLAIN) -> Log:
    """The order of day 1 is folded in full, those of days 2, 3 and 3 are noted."""
    return log_of(*[order(day, 100 + place, id=f"{place}") for place, day in enumerate((1, 2, 3, 3))], text=text)
