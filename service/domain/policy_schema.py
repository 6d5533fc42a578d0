"""The JSON Schema of the policy file, from which editors complete and check it.

`python -m service.domain.policy_schema` writes it; with `--check` it only says whether it is stale, and exits with 1.
Draft 7, as the TOML editors know it. What a schema cannot say (names that are there once, a bound that another key sets)
is left to `tiering policy check`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from service.domain.policy import USUAL_FRAME
from service.domain.policy_file import LONGEST_DAYS, WEIGHTS
from service.domain.policy_schema_conditions import condition
from service.domain.policy_schema_risk import churn, lifecycle
from service.domain.policy_schema_schemes import name, scheme
from service.domain.policy_schema_values import Schema, boolean, integer, table, text
from service.domain.policy_schemes import NAME

FILE = Path(__file__).parent.parent / "policies" / "policy.schema.json"


def policy_schema() -> Schema:
    """The whole schema."""
    keys = {
        "name": name("The name of the policy."),
        "version": integer("Grows with every change.", 1),
        "frame": _frame(),
        "rfm": _rfm(),
        "scheme": {"description": "Ladders of tiers.", "type": "array", "items": {"$ref": "#/definitions/scheme"}},
        "lifecycle": lifecycle(),
        "churn": churn(),
        "engagement": _engagement(),
    }
    definitions = {
        "scheme": scheme(),
        "condition": condition("condition", term=False),
        "keep-condition": condition("keep-condition", term=True),
    }
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "$id": "urn:customer-tiering:policy.v1", "title": "Policy"}
    says = "The rule book of a loyalty programme; service/policies/README.md explains every rule."
    return {**head, **table(says, keys, required=("name", "version", "frame")), "definitions": definitions}


def _frame() -> Schema:
    keys = {
        "time_zone": text('The IANA time zone of business days, such as "Asia/Shanghai".', ".+"),
        "currency": text("The currency of all amounts (ISO 4217).", "[A-Z]{3}"),
        "late_days": integer("How many days late an event may come.", 1, 3650, USUAL_FRAME.late_days),
        "refund_horizon_days": integer("Until when a refund counts against its order.", 0, 3650, USUAL_FRAME.refund_horizon_days),
        "keep_days": integer("Days kept one by one; at least the sum of the two above.", 1, LONGEST_DAYS, USUAL_FRAME.keep_days),
        "settle_minutes": integer("How long after midnight a day is judged.", 0, 1440, USUAL_FRAME.settle_minutes),
        "count_zero_orders": boolean("Whether an order of amount 0 counts.", default=USUAL_FRAME.count_zero_orders),
    }
    says = "Fixed when the log is created; a change needs `tiering rebuild`."
    return table(says, keys, required=("time_zone", "currency"))


def _rfm() -> Schema:
    keys = {
        "window_days": integer("Orders and spend of so many days are scored.", 1, LONGEST_DAYS),
        "settle_days": integer("A worse segment has to last so many mornings.", 0, 365, 21),
        "recency_days": _cut_points("Days since the last purchase: a day count at a cut point is in the better bin."),
        "orders": _cut_points("Orders: 1 + the number of cut points below the value."),
        "spend_minor": _cut_points("Spend in minor units: 1 + the number of cut points below the value."),
    }
    required = ("window_days", "recency_days", "orders", "spend_minor")
    return table("Scores of recency, frequency and money, and segments.", keys, required=required)


def _cut_points(says: str) -> Schema:
    items = {"type": "integer", "minimum": 0}
    shape = {"type": "array", "items": items, "minItems": 4, "maxItems": 4, "uniqueItems": True}
    return {"description": f"{says} Four, growing.", **shape}


def _engagement() -> Schema:
    weights: Schema = {
        "description": "Points for each kind of interaction; kinds not named count 0.",
        "type": "object",
        "default": WEIGHTS,
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 10**12},
    }
    return table("The measure `engagement`.", {"weights": weights})


def text_of_schema() -> str:
    """The file as it is written."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the schema, or with `--check` say that it is stale; the exit code (2: wrong use)."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m service.domain.policy_schema [--check]\n")
        return 2
    if not arguments:
        FILE.write_text(text_of_schema(), encoding="utf-8")
    elif not FILE.exists() or FILE.read_text(encoding="utf-8") != text_of_schema():
        sys.stderr.write(f"{FILE.name} is stale: make schemas\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
