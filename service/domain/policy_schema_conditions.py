"""The JSON Schema of conditions; bounds and words are those of the checks."""

from service.domain.policy_conditions import LONGEST_DAYS, MEASURES
from service.domain.policy_schema_values import NO_DEFAULT, Schema, choice, integer, table, text, value

_TENURE = "tenure_days"
_DAYS = "[1-9][0-9]{0,3}|[12][0-9]{4}|3[0-5][0-9]{3}|36[0-4][0-9]{2}|36500"
_WINDOWS = f"rolling ({_DAYS})|calendar (month|quarter|year)|lifetime"
_WORDS = f'"rolling N" (N days, 1 to {LONGEST_DAYS}), "calendar month", "calendar quarter", "calendar year", "lifetime"'
_AT_LEAST = integer("The condition holds when the measure reaches this: minor units, numbers, points or days.", 1)


def condition(own: str, *, term: bool) -> Schema:
    """A condition; `own` is the name of its definition, for the groups that hold conditions."""
    words, pattern = (f'{_WORDS}, "term"', f"{_WINDOWS}|term") if term else (_WORDS, _WINDOWS)
    window = text(f"What is added up: {words}.", pattern)
    measured = choice("What is asked.", tuple(each for each in MEASURES if each != _TENURE))
    tenure = choice("Days since the first purchase; has no window.", (_TENURE,))
    parts = {"type": "array", "items": {"$ref": f"#/definitions/{own}"}, "minItems": 1}
    need = integer("How many of the parts have to hold, at most their number.", 1)
    forms = [
        table(
            "A measure over a window.",
            {"measure": measured, "window": window, "at_least": _AT_LEAST},
            required=("measure", "window", "at_least"),
        ),
        table("How long a customer.", {"measure": tenure, "at_least": _AT_LEAST}, required=("measure", "at_least")),
        table("All parts hold.", {"all": value("Conditions.", NO_DEFAULT, **parts)}, required=("all",)),
        table("Any part holds.", {"any": value("Conditions.", NO_DEFAULT, **parts)}, required=("any",)),
        table(
            "At least so many parts hold.",
            {"at_least": need, "of": value("Conditions.", NO_DEFAULT, **parts)},
            required=("at_least", "of"),
        ),
    ]
    return {"description": "A measure over a window, or a group: all, any, at_least of.", "type": "object", "oneOf": forms}
