"""What a fault says, word for word: the place, what it holds, what is allowed.

Each text is a policy that has every key (tests/domain/full_policy.py), with one value changed.
"""

import json
import re
from typing import Any

import pytest

from tests.domain.full_policy import FULL, SPEND, TENURE, TIERS, Place, changed, text_of
from tests.domain.policy_texts import SMALLEST, faults

APART: dict[str, Any] = json.loads(json.dumps(FULL))
"""The policy without the values that its places share."""

ENTRY = "scheme[0].tier[1].entry"
KEEP = "scheme[0].tier[1].keep"
WINDOWS = '"rolling N" with N from 1 to 36500, "calendar month", "calendar quarter", "calendar year" or "lifetime"'
MEASURES = "spend_minor, orders, purchase_days, margin_minor, engagement, tenure_days"
CUT_POINTS = "four integers from 0 on, each above the one before, are allowed"
LENGTH = "exactly one of months, days, calendar_year is needed"
TERM = {"kind": "term", "months": 1}
LEVELS = "0 < medium < high < critical < 1 is needed"
ZONE = 'a name of the IANA time zone database, such as "Asia/Shanghai", is allowed'


def place_of(path: str) -> Place:
    """Keys and numbers of a path such as `scheme[0].tier`."""
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path))


def said(path: str, value: Any) -> list[str]:
    """The faults of the policy when this value stands at this place; None: nothing does."""
    return faults(text_of(changed(place_of(path), value, APART)))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("name", "Full", 'is "Full": kebab-case of 1 to 64 characters is allowed'),
        ("name", None, "is missing: kebab-case of 1 to 64 characters is allowed"),
        ("version", None, "is missing: an integer from 1 on is allowed"),
        ("version", 1.5, "is 1.5: an integer from 1 on is allowed"),
        ("frame", 7, "is 7: a table is needed"),
        ("frame", None, "is missing: a table is needed"),
        ("frame.time_zone", "Asia/Atlantis", f'is "Asia/Atlantis": {ZONE}'),
        ("frame.time_zone", None, f"is missing: {ZONE}"),
        ("frame.currency", "euro", 'is "euro": three capital letters (ISO 4217) are allowed'),
        ("frame.late_days", 3651, "is 3651: an integer from 1 to 3650 is allowed"),
        ("frame.keep_days", 0, "is 0: an integer from 1 to 36500 is allowed"),
        ("frame.count_zero_orders", "yes", 'is "yes": true or false is allowed'),
        ("rfm.recency_days", [1, 2, 3], f"is [1, 2, 3]: {CUT_POINTS}"),
        ("rfm.orders", None, f"is missing: {CUT_POINTS}"),
        ("rfm.spend_minor", [-1, 1, 2, 3], f"is [-1, 1, 2, 3]: {CUT_POINTS}"),
        ("scheme", {"name": "a"}, "is a table: a list of tables is needed"),
        ("scheme", [1, 2], "is [1, 2]: a list of tables is needed"),
        ("scheme[0].name", "A", 'is "A": kebab-case of 1 to 64 characters is allowed'),
        ("scheme[0].hold", "rolling", 'is "rolling": a table is needed'),
        ("scheme[0].hold.kind", None, "is missing: allowed: rolling, term"),
        ("scheme[0].hold.check", "weekly", 'is "weekly": allowed: daily, month-start'),
        ("scheme[1].hold", {"kind": "term"}, f"has no length: {LENGTH}"),
        ("scheme[1].hold", {"kind": "term", "calendar_year": False}, f"has no length: {LENGTH}"),
        ("scheme[1].hold", TERM | {"days": 1, "calendar_year": True}, f"holds months and days and calendar_year: {LENGTH}"),
        ("scheme[0].on_loss", "two-down", 'is "two-down": allowed: one-down, recalculated, to-base'),
        ("scheme[0].max_downgrades", {"count": 1}, "has no length: exactly one of days, months is needed"),
        (
            "scheme[0].max_downgrades",
            {"count": 1, "days": 1, "months": 1},
            "holds days and months: exactly one of days, months is needed",
        ),
        ("scheme[0].max_downgrades.count", None, "is missing: an integer from 1 on is allowed"),
        ("scheme[1].max_downgrades.months", 0, "is 0: an integer from 1 to 30000 is allowed"),
        ("scheme[0].notice_days", 0, "is 0: an integer from 1 to 1000000 is allowed"),
        ("scheme[1].notice_days", 28, "is 28: an integer from 1 to 27 is allowed"),
        ("scheme[0].tier", 1, "is 1: a list of tables is needed"),
        ("scheme[0].tier", TIERS[:1], "is a list of 1: at least two tiers are needed, the base first"),
        ("scheme[0].tier", None, "is missing: at least two tiers are needed, the base first"),
        ("scheme[0].tier[0].entry", SPEND, "is a table: the base has no conditions"),
        ("scheme[0].tier[0].keep", SPEND, "is a table: the base has no conditions"),
        (ENTRY, None, "is missing: a table is needed"),
        (ENTRY, {}, "holds no condition: exactly one of measure, all, any, of is needed"),
        (ENTRY, {"all": [SPEND], "any": [SPEND]}, "holds all and any: exactly one of measure, all, any, of is needed"),
        (ENTRY, SPEND | {"of": [SPEND]}, "holds of and measure: exactly one of measure, all, any, of is needed"),
        (f"{ENTRY}.all", 1, "is 1: a list of tables is needed"),
        (f"{ENTRY}.all", [], "is []: at least one condition is needed"),
        (f"{KEEP}.at_least", 2, "is 2: an integer from 1 to 1 is allowed"),
        (f"{ENTRY}.all[0].measure", "visits", f'is "visits": allowed: {MEASURES}'),
        (f"{ENTRY}.all[0].window", "rolling 0", f'is "rolling 0": allowed: {WINDOWS}'),
        (f"{ENTRY}.all[0].window", None, f"is missing: allowed: {WINDOWS}"),
        (f"{ENTRY}.all[0].window", "term", 'is "term": allowed only in keep of a term hold'),
        ("lifecycle.loyal.entry", None, "is missing: loyal.keep alone says nothing, an entry condition is needed"),
        ("lifecycle.dormant.gaps", 0, "is 0: a number above 0 and up to 1000000 is allowed"),
        (
            "lifecycle.dormant.gaps",
            1_000_000.5,
            "is 1000000.5: a number above 0 and up to 1000000 is allowed",
        ),
        ("lifecycle.dormant.min_days", 1_000_001, "is 1000001: an integer from 1 to 1000000 is allowed"),
        ("churn.tau_days", "long", 'is "long": a number above 0 and up to 1000000000000 is allowed'),
        ("churn.r", 0.0009, "is 0.0009: a number from 0.001 to 1000000000000 is allowed"),
        ("churn.thresholds.high", 0.3, f"is 0.3: {LEVELS}"),
        ("churn.thresholds.critical", 1, f"is 1.0: {LEVELS}"),
        ("churn.thresholds.critical", 1.5, "is 1.5: a number above 0 and up to 1 is allowed"),
        ("churn.margin", 1.5, "is 1.5: a number from 0 to 1 is allowed"),
        ("churn.margin", 0.3, "is 0.3: below thresholds.medium, 0.3, is allowed"),
        ("churn.floors.new", "low", 'is "low": allowed: medium, high, critical'),
        ("engagement.weights.share", -1, "is -1: an integer from 0 to 1000000000000 is allowed"),
        ("engagement.weights.Share", 1, "is no key here: kinds of interaction are kebab-case"),
        ("engagement.weights", 1, "is 1: a table is needed"),
    ],
)
def test_a_fault_says_what_is_there_and_what_is_allowed(path: str, value: Any, message: str) -> None:
    assert said(path, value) == [f"{path}: {message}"]


def test_names_that_are_there_twice_are_named() -> None:
    again = "is there more than once, and each is allowed once"
    assert said("scheme[2].name", "a") == [f"scheme: is a list of 4: the name a {again}"]
    assert said("scheme[0].tier[2].name", "gold") == [f"scheme[0].tier: is a list of 3: the name gold {again}"]


def test_a_measure_that_has_no_window_says_so() -> None:
    assert said(ENTRY, TENURE | {"window": "term"}) == [f'{ENTRY}.window: is "term": tenure_days has no window']


def test_a_threshold_is_compared_with_the_one_below_it() -> None:
    assert said("churn.thresholds.medium", 0.5) == [f"churn.thresholds.high: is 0.5: {LEVELS}"]


def test_days_that_are_kept_are_told_when_they_are_too_few_though_left_out() -> None:
    least = "it is 400 then, and late_days + refund_horizon_days, 401, is the least"
    assert faults(f"{SMALLEST}late_days = 311\n") == [f"frame.keep_days: is missing: {least}"]
    assert faults(f"{SMALLEST}late_days = 311\nkeep_days = 9\n") == [
        "frame.keep_days: is 9: an integer from 401 to 36500 is allowed"
    ]


def test_the_least_of_a_pace_is_told_the_most() -> None:
    lines = faults(f"{SMALLEST}[lifecycle]\ndormant = {{ min_days = 9, max_days = 8 }}\n")
    assert lines == ["lifecycle.dormant.min_days: is 9: at most max_days, 8, is allowed"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("", "churn, engagement, frame, lifecycle, name, rfm, scheme, version"),
        ("frame", "count_zero_orders, currency, keep_days, late_days, refund_horizon_days, settle_minutes, time_zone"),
        ("rfm", "orders, recency_days, settle_days, spend_minor, window_days"),
        ("scheme[0]", "hold, max_downgrades, name, notice_days, on_loss, tier"),
        ("scheme[2]", "hold, max_downgrades, name, notice_days, on_loss, tier"),
        ("scheme[0].hold", "check, grace_days, kind"),
        ("scheme[1].hold", "calendar_year, days, grace_days, kind, months"),
        ("scheme[3].hold", "calendar_year, days, grace_days, kind, months"),
        ("scheme[0].max_downgrades", "count, days, months"),
        ("scheme[1].max_downgrades", "count, days, months"),
        ("scheme[0].tier[0]", "name"),
        ("scheme[0].tier[1]", "entry, keep, name"),
        ("scheme[0].tier[2]", "entry, keep, name"),
        (ENTRY, "all"),
        (f"{ENTRY}.all[0]", "at_least, measure, window"),
        (f"{ENTRY}.all[1]", "any"),
        (f"{ENTRY}.all[1].any[0]", "at_least, measure"),
        (KEEP, "at_least, of"),
        ("lifecycle", "churned, dormant, loyal, typical_gap_days, won_back_days"),
        ("lifecycle.dormant", "gaps, max_days, min_days"),
        ("lifecycle.loyal", "entry, keep"),
        ("churn.thresholds", "critical, high, medium"),
        ("churn.floors", "churned, dormant, loyal, new, repeat, won-back"),
        ("engagement", "weights"),
    ],
)
def test_a_key_that_is_none_is_told_the_keys_that_are(path: str, allowed: str) -> None:
    key = f"{path}.x".removeprefix(".")
    assert said(key, 1) == [f"{key}: is 1: not a key here; allowed: {allowed}"]


@pytest.mark.parametrize("key", ["x", "lifecycle.x", "lifecycle.loyal.x", "churn.x", "churn.floors.x", "engagement.x"])
def test_where_all_keys_are_left_out_the_same_are_allowed(key: str) -> None:
    assert set(faults(f"{key} = 1\n{SMALLEST}")) & set(said(key, 1))


HELD = {
    "a bool": ("true", "true"),
    "an integer": ("-7", "-7"),
    "a number as written": ("1.50", "1.50"),
    "a day": ("1979-05-27", "1979-05-27"),
    "a text": ('"café \\n"', '"café \\n"'),
    "a table": ("{ a = 1 }", "a table"),
    "an empty list": ("[]", "[]"),
    "a list": ('[1, true, "a"]', '[1, true, "a"]'),
    "a list of a table": ("[1, {}]", "a list of 2"),
    "a list of a list": ("[[1]]", "a list of 1"),
    "eight values": ("[1, 2, 3, 4, 5, 6, 7, 8]", "[1, 2, 3, 4, 5, 6, 7, 8]"),
    "nine values": ("[1, 2, 3, 4, 5, 6, 7, 8, 9]", "[1, 2, 3, 4, 5, 6, 7, 8, ...]"),
    "as long as it may be": (f'"{"A" * 58}"', f'"{"A" * 58}"'),
    "one too long": (f'"{"A" * 59}"', f'"{"A" * 56}...'),
    "a number of 5,000 digits": ("0x1" + "0" * 5000, "0x1" + "0" * 54 + "..."),
}


@pytest.mark.parametrize(("written", "shown"), HELD.values(), ids=HELD.keys())
def test_what_a_key_holds_is_shown_as_the_file_writes_it_in_one_short_line(written: str, shown: str) -> None:
    (fault,) = faults(SMALLEST.replace('"p"', written))
    assert fault == f"name: is {shown}: kebab-case of 1 to 64 characters is allowed"


def test_what_is_no_toml_says_why_in_one_line() -> None:
    assert faults("name = ") == ["not TOML: Invalid value (at end of document)"]
