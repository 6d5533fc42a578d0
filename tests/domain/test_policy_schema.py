"""The schema of the policy file says what the checks say, as far as a schema can."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields
from math import inf, nextafter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from service.domain import policy_schema
from service.domain.policy import Policy
from service.domain.policy_file import parse_policy
from service.domain.policy_table import LARGEST
from tests.domain.full_policy import FULL, SPEND, TENURE, Place, accepted, changed, text_of
from tests.domain.test_policy_faults import FAULTS

SCHEMA = policy_schema.policy_schema()
VALIDATOR = Draft7Validator(SCHEMA)
FOLDER = Path(__file__).parents[2] / "service" / "policies"
POLICIES = sorted(FOLDER.rglob("*.toml"))
NOT_SAID = {  # of the faults of tests/domain/test_policy_faults.py: what no schema, or none of draft 7, can say
    "frame.late_days: is 90.0",
    "frame.keep_days: is 179",
    "frame.keep_days: is missing: it is 400 then",
    'frame.time_zone: is "Asia/Atlantis"',
    "scheme[0].tier[1].entry.at_least: is 3: an integer from 1 to 1",
    "scheme[0].tier: is a list of 2: the name gold",
    "scheme: is a list of 2: the name membership",
    "scheme[0].notice_days: is 1: a term of one day",
    "lifecycle.dormant.gaps: is NaN",
    "lifecycle.dormant.min_days: is 121",
    "churn.thresholds.high: is 0.3",
    "churn.margin: is 0.35",
    "not TOML",
}
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def resolved(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """The schema itself in place of references, and of the forms the one that has these keys."""
    while reference := schema.get("$ref") or schema.get("allOf", [{}])[0].get("$ref"):
        schema = SCHEMA["definitions"][reference.rsplit("/", 1)[1]]
    forms = [form for form in schema.get("oneOf", []) if "type" in form and Draft7Validator({**SCHEMA, **form}).is_valid(value)]
    return forms[0] if forms else schema


def described(schema: dict[str, Any], value: Any, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every place of a policy with its schema."""
    schema = resolved(schema, value)
    yield place, schema
    if isinstance(value, dict):
        for key, each in value.items():
            yield from described(schema["properties"].get(key, {}) if "properties" in schema else {}, each, (*place, key))
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for number, each in enumerate(value):
            yield from described(schema["items"], each, (*place, number))
    elif isinstance(value, list) and "additionalItems" in schema:
        for number, each in enumerate(value):
            yield from described(schema["items"][0] if number == 0 else schema["additionalItems"], each, (*place, number))


PLACES = dict(described(SCHEMA, FULL))
ON_THEIR_OWN = [place for place in PLACES if place[-2:-1] != ("thresholds",) and (place[:1] != ("rfm",) or len(place) == 2)]
"""Without what depends on its neighbours: thresholds and cut points have to grow."""

BOUNDED = [place for place in ON_THEIR_OWN if any(bound in PLACES[place] for bound in BOUNDS)]


def name_of(place: Place) -> str:
    """A place in the name of a test."""
    return ".".join(map(str, place))


def test_the_committed_schema_is_fresh() -> None:
    assert policy_schema.main(["--check"]) == 0


def test_a_stale_and_a_missing_schema_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(policy_schema, "FILE", tmp_path / "policy.schema.json")
    assert policy_schema.main(["--check"]) == 1
    assert "policy.schema.json is stale: make schemas" in capsys.readouterr().err
    assert policy_schema.main([]) == policy_schema.main(["--check"]) == 0
    (tmp_path / "policy.schema.json").write_text("{}")
    assert policy_schema.main(["--check"]) == 1
    assert policy_schema.main(["--chek"]) == 2


def test_it_is_a_schema_and_every_key_is_described() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert [place for place, schema in PLACES.items() if place and isinstance(place[-1], str) and not says(place, schema)] == []


def says(place: Place, schema: dict[str, Any]) -> bool:
    return "description" in schema or place[-2:-1] == ("weights",)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_that_comes_with_the_service_is_valid_and_names_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [error.message for error in VALIDATOR.iter_errors(tomllib.loads(text))] == []
    named = text.splitlines()[0].removeprefix("#:schema ")
    assert (path.parent / named).resolve() == (FOLDER / policy_schema.FILE.name).resolve()


@pytest.mark.parametrize(("begins", "text"), FAULTS.items(), ids=FAULTS.keys())
def test_a_fault_is_refused_by_the_schema_too_unless_no_schema_can_say_it(begins: str, text: str) -> None:
    if begins != "not TOML":
        assert VALIDATOR.is_valid(tomllib.loads(text)) == (begins in NOT_SAID)
    assert set(FAULTS) >= NOT_SAID


def test_the_full_policy_is_good() -> None:
    assert accepted(FULL)
    assert [error.message for error in VALIDATOR.iter_errors(FULL)] == []
    assert len(BOUNDED) > 60


@pytest.mark.parametrize("place", BOUNDED, ids=name_of)
def test_a_bound_of_the_schema_is_the_bound_of_the_checks(place: Place) -> None:
    schema = PLACES[place]

    def beside(value: float, towards: float) -> float:
        return value + (1 if towards > value else -1) if schema["type"] == "integer" else nextafter(value, towards)

    for bound, outwards in (("minimum", -inf), ("maximum", inf)):
        if bound in schema:
            assert accepted(changed(place, schema[bound]))
            assert not accepted(changed(place, beside(schema[bound], outwards)))
    if "exclusiveMinimum" in schema:
        assert accepted(changed(place, beside(schema["exclusiveMinimum"], inf)))
        assert not accepted(changed(place, schema["exclusiveMinimum"]))
    if schema["type"] == "integer" and "maximum" not in schema and place[-2:] != ("keep", "at_least"):
        assert accepted(changed(place, LARGEST))


@pytest.mark.parametrize("days", [0, 1, 9, 999, 9_999, 10_000, 29_999, 30_000, 35_999, 36_000, 36_499, 36_500, 36_501, 99_999])
def test_a_window_of_the_schema_is_a_window_of_the_checks(days: int) -> None:
    content = changed(("scheme", 0, "tier", 2, "entry", "window"), f"rolling {days}")
    assert accepted(content) == VALIDATOR.is_valid(content) == (1 <= days <= 36_500)


@pytest.mark.parametrize("place", [place for place in PLACES if "enum" in PLACES[place]], ids=name_of)
def test_a_word_of_the_schema_is_a_word_of_the_checks(place: Place) -> None:
    for word in PLACES[place]["enum"]:
        content = changed(place, word)
        assert accepted(content) == VALIDATOR.is_valid(content), word
    assert not accepted(changed(place, "maybe"))


@pytest.mark.parametrize("place", [place for place in PLACES if "default" in PLACES[place]], ids=name_of)
def test_a_default_of_the_schema_is_that_of_the_checks(place: Place) -> None:
    default = PLACES[place]["default"]
    if place[-1] == "calendar_year":
        assert default is False  # left out, it is no length
        return
    left_out, written = (parse_policy(text_of(changed(place, value))) for value in (None, default))
    for field in fields(Policy):
        assert field.name == "text" or getattr(left_out, field.name) == getattr(written, field.name)


VALUES = st.one_of(
    st.integers(-2, 40),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text("ab-1 ", max_size=4),
) | st.sampled_from(["term", "rolling 3", "calendar year", "recalculated", "month-start", "high", SPEND, TENURE, [SPEND], {}, []])


@given(st.lists(st.tuples(st.sampled_from([place for place in PLACES if place]), VALUES | st.none()), min_size=1, max_size=3))
def test_what_the_checks_accept_the_schema_accepts(changes: list[tuple[Place, Any]]) -> None:
    content = FULL
    for place, value in changes:
        try:
            content = changed(place, value, content)
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    if accepted(content):
        assert [error.message for error in VALIDATOR.iter_errors(content)] == []
