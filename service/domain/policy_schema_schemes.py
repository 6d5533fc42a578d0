"""The JSON Schema of tier schemes; bounds, words and defaults are those of the checks."""

from service.domain.policy import RollingHold
from service.domain.policy_schema_values import Schema, boolean, choice, integer, named, table, text
from service.domain.policy_schemes import MONTH_START_CHECKS, MOST_DAYS, MOST_MONTHS, NAME, ON_LOSS


def scheme() -> Schema:
    """One `[[scheme]]`."""
    keys = {
        "name": name("The name of the ladder, as announcements give it."),
        "hold": _hold(),
        "on_loss": choice("Where a lost tier leads.", ON_LOSS, default=ON_LOSS[0]),
        "max_downgrades": _max_downgrades(),
        "notice_days": integer("tier.expiring.v1 goes out so many days before a check that would fail.", 1, MOST_DAYS),
        "tier": {
            "description": "The tiers in order, the base first.",
            "type": "array",
            "minItems": 2,
            "items": [table("The base, which everybody has; no conditions.", {"name": _tier_name()}, required=("name",))],
            "additionalItems": _tier(),
        },
    }
    plain_keep = {"properties": {"keep": {"$ref": "#/definitions/condition"}}}
    rolling = {"required": ["hold"], "properties": {"hold": {"required": ["kind"], "properties": {"kind": {"const": "rolling"}}}}}
    without_term = {"properties": {"tier": {"items": plain_keep}}}
    required = ("name", "hold", "tier")
    return table("A ladder of tiers, judged on its own.", keys, required=required, allOf=[{"if": rolling, "then": without_term}])


def _tier_name() -> Schema:
    return name("The name of the tier.")


def _tier() -> Schema:
    keys = {
        "name": _tier_name(),
        "entry": named("condition", "What leads to the tier; asked at every event and every midnight."),
        "keep": named("keep-condition", "What it takes to stay; the entry condition if left out."),
    }
    return table("A tier.", keys, required=("name", "entry"))


def _hold() -> Schema:
    keys = {
        "kind": choice("rolling: keep is asked at every check; term: at the end of a term.", ("rolling", "term")),
        "months": integer("A term of so many months.", 1, 120),
        "days": integer("A term of so many days.", 1, MOST_DAYS),
        "calendar_year": boolean("A term that ends on 31 December, of the next year after an upgrade.", default=False),
        "grace_days": integer("rolling: failed checks forgiven; term: days to catch up.", 0, MOST_DAYS, default=0),
        "check": choice("rolling only: when keep is asked.", ("daily", "month-start"), default=RollingHold().check),
    }
    no_year: Schema = {"calendar_year": {"const": False}}
    lengths = [
        {"required": ["months"], "properties": {"days": False, **no_year}},
        {"required": ["days"], "properties": {"months": False, **no_year}},
        {"required": ["calendar_year"], "properties": {"calendar_year": {"const": True}, "months": False, "days": False}},
    ]
    rules = [
        {"if": _is("kind", "rolling"), "then": {"properties": {"months": False, "days": False, "calendar_year": False}}},
        {"if": _is("kind", "term"), "then": {"properties": {"check": False}, "oneOf": lengths}},
        {"if": _is("check", "month-start"), "then": {"properties": {"grace_days": {"maximum": MONTH_START_CHECKS}}}},
    ]
    return table("How long a tier is held.", keys, required=("kind",), allOf=rules)


def _is(key: str, word: str) -> Schema:
    return {"required": [key], "properties": {key: {"const": word}}}


def _max_downgrades() -> Schema:
    keys = {
        "count": integer("So many losses at most ...", 1),
        "days": integer("... in so many days.", 1, MOST_DAYS),
        "months": integer("... in so many months.", 1, MOST_MONTHS),
    }
    one = [{"required": ["days"]}, {"required": ["months"]}]
    return table("The pace of losses; one too many waits.", keys, required=("count",), oneOf=one)


def name(says: str) -> Schema:
    """The name of a policy, scheme or tier."""
    return text(says, NAME, minLength=1, maxLength=64)
